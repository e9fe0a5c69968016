from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.consequences import DOUBLING, KINETICS, OWN_DELAY, delay_factor
from phenolens.screens.simulator.mechanisms import MECHANISMS


def test_every_mechanism_has_kinetics_and_every_class_is_there() -> None:
    assert list(KINETICS) == list(MECHANISMS)
    effects = [kinetics.effect(0.9) for kinetics in KINETICS.values()]
    assert {e: effects.count(e) >= 2 for e in ("cytotoxic", "cytostatic", "mixed", "none")} == {
        "cytotoxic": True, "cytostatic": True, "mixed": True, "none": True,
    }  # fmt: skip
    assert DOUBLING == 25.4


def test_what_loses_cells_without_times_loses_growth_with_them() -> None:
    """By both catalogues: a mechanism that leaves growth alone leaves the count alone."""
    for name, kinetics in KINETICS.items():
        few = MECHANISMS[name].get("density", 1.0) < 0.82
        assert (kinetics.effect(1.0) != "none") == few, name


def test_delays_differ_between_compounds() -> None:
    log = np.log([delay_factor(4, k) for k in range(200)])
    assert log.std() == pytest.approx(OWN_DELAY, rel=0.2)
    assert delay_factor(4, 3) == delay_factor(4, 3) != delay_factor(5, 3)
