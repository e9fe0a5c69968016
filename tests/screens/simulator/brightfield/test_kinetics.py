from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.kinetics import (
    DOUBLING,
    KINETICS,
    delay_factor,
    doubling,
)
from phenolens.screens.simulator.brightfield.lines import HABITS
from phenolens.screens.simulator.brightfield.mechanisms import MECHANISMS

# Effect without times -> with times; what both arrests and kills is mixed.
MAPPED = {"cytostatic": "cytostatic", "morphological": "none", "inert": "none"}
BOTH = {"Antimitotics", "Topoisomerase poisons"}


@pytest.mark.parametrize("name", MECHANISMS)
def test_classes_fit_those_without_times(name: str) -> None:
    effect = KINETICS[name].effect(0.9)
    if name in BOTH:
        assert effect == "mixed"
    else:
        assert effect == MAPPED.get(MECHANISMS[name].effect, "cytotoxic")


def test_lines_grow_as_fast_as_their_habit_up_to_a_factor() -> None:
    assert list(DOUBLING) == list(HABITS)
    hours = np.array([doubling(3, k) for k in range(60)])
    usual = np.array([*DOUBLING.values()] * 10)
    assert np.log(hours / usual).std() == pytest.approx(0.08, rel=0.3)
    assert DOUBLING["islands"] == 20.6


def test_delays_are_of_drug_and_line() -> None:
    factors = np.log([[delay_factor(1, d, k) for k in range(12)] for d in range(40)])
    assert factors.mean(axis=1).std() == pytest.approx(0.20, rel=0.35)
    assert (factors - factors.mean(axis=1, keepdims=True)).std() == pytest.approx(0.12, rel=0.2)
