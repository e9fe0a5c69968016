"""What a class rests on, in words that a reader checks."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.effects.confidence import Call
from phenolens.effects.rules import Growth
from phenolens.effects.shape import shape_of
from phenolens.effects.words import growth_words, shape_words

NAN = float("nan")


def words(grown: float, killed: float, first: str, effect: str = "") -> str:
    growth = Growth(np.array([grown]), np.array([killed]), 0.2, 0.1)
    return growth_words(growth, Call(effect or first, 0.4, "none", first), (3, 1))


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (words(0.4, 0.5, "cytotoxic"), "grows at 0.40 of the controls' rate; death explains 83%"),
        (words(-0.5, 1.5, "cytotoxic"), "shrinks at 0.50 of the rate at which the controls grow"),
        (words(0.4, NAN, "cytostatic"), "no death marker: slower division and death look alike"),
        (words(1.0, 0.01, "none"), "; death rate +0.01 of it; 3 curves, 1 control"),
        (words(0.5, NAN, "cannot tell"), "controls differ by as much (standard error 0.20)"),
        (words(NAN, NAN, "cannot tell"), "no growth rate of its curves"),
        (words(0.4, 0.5, "mixed", "cannot tell"), "mixed in 40% of redraws, else mostly none"),
    ],
)
def test_growth(made: str, wanted: str) -> None:
    assert wanted in made


def test_shapes() -> None:
    t = np.arange(0.0, 60, 3)
    call = Call("none", NAN, "", "none")
    rows = [np.zeros(20), t, np.minimum(t, 12), np.where(t < 30, t, 30 - (t - 30))]
    made = [shape_words(shape_of(t, row[None], 2.0), 2.0, call, (1, 2), 60.0) for row in rows]
    assert made[0].startswith("stays within 2.0 standard deviations of the controls")
    assert made[0].endswith("no confidence: single controls show no spread; 1 curve, 2 controls")
    assert "departs at 3 h; peak 57.0 standard deviations" in made[1]
    assert "(95% of the strongest); rises to the end" in made[1]
    assert "levels off" in made[2]
    assert "of it again" in made[3]
