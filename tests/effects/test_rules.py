"""The rules, case by case."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.effects.classes import ANSWERS
from phenolens.effects.rules import Growth, by_growth, by_shape
from phenolens.effects.shape import Shape

NAN = float("nan")


def growth(grown: float, killed: float, error: float = 0.01) -> Growth:
    return Growth(np.array([grown]), np.array([killed]), error, error)


@pytest.mark.parametrize(
    ("grown", "killed", "wanted"),
    [
        (0.95, 0.0, "none"),
        (1.3, 0.0, "none"),  # grows faster: nothing is lost
        (0.3, 0.0, "cytostatic"),
        (0.0, 0.1, "cytostatic"),
        (0.3, 0.65, "cytotoxic"),
        (0.3, 0.35, "mixed"),
        (-0.5, 1.5, "cytotoxic"),
        (-3.0, 0.0, "cytotoxic"),  # it shrinks, although the dead detached: 3 of 4 is death
        (-0.1, 0.0, "cytostatic"),
        (0.9, 0.5, "cytotoxic"),  # dies, and divides faster
        (NAN, 0.5, "cannot tell"),
    ],
)
def test_with_a_death_marker(grown: float, killed: float, wanted: str) -> None:
    assert ANSWERS[by_growth(growth(grown, killed))[0]] == wanted


@pytest.mark.parametrize(
    ("grown", "wanted"),
    [
        (0.95, "none"),
        (0.5, "cytostatic"),
        (0.0, "cytostatic"),
        (-0.05, "cytostatic"),
        (-0.3, "cytotoxic"),
        (NAN, "cannot tell"),
    ],
)
def test_growth_alone_is_read_as_gr_values_are(grown: float, wanted: str) -> None:
    assert ANSWERS[by_growth(growth(grown, NAN))[0]] == wanted


def test_an_effect_as_large_as_the_controls_differ_cannot_be_told() -> None:
    assert ANSWERS[by_growth(growth(0.5, NAN, error=0.3))[0]] == "cannot tell"
    assert ANSWERS[by_growth(growth(0.5, 0.1, error=0.3))[0]] == "cannot tell"
    assert ANSWERS[by_growth(growth(0.95, NAN, error=0.3))[0]] == "none"


def test_death_and_fewer_divisions_add_up_to_what_is_lost() -> None:
    killed, stopped = growth(0.2, 0.3).parts()
    assert (killed[0], stopped[0]) == (pytest.approx(0.3), pytest.approx(0.5))
    assert growth(0.2, 0.3).death_share()[0] == pytest.approx(0.375)
    assert growth(1.0, 0.0).death_share()[0] == 0


def shape(departure: float, **others: float) -> Shape:
    given = {"peak": 30.0, "fall": 0.0, "dropped": 0.0, "rise": 0.9, "level": 0.1, **others}
    early = np.array([bool(given.pop("early", True))])
    return Shape(
        np.array([float(departure)]), early, **{k: np.array([v]) for k, v in given.items()}
    )


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (shape(NAN), "none"),
        (shape(6), "cytotoxic"),
        (shape(6, level=1.0), "cytotoxic"),
        (shape(6, fall=0.5, dropped=15.0), "mixed"),
        (shape(6, fall=0.5, dropped=1.0), "cytotoxic"),  # a fall within the band
        (shape(6, peak=15.0), "mixed"),
        (shape(6, peak=5.0, fall=0.5, dropped=2.5), "cannot tell"),  # weak, and it passes
        (shape(30, peak=15.0, early=0), "cytostatic"),
        (shape(30, early=0), "cannot tell"),  # strong but late
        (shape(6, peak=5.0), "cytostatic"),
        (shape(6, peak=5.0, level=1.0), "cannot tell"),  # weak, early and still rising
    ],
)
def test_by_shape(one: Shape, wanted: str) -> None:
    assert ANSWERS[by_shape(one, 2.0, 30.0)[0]] == wanted


def test_without_a_strong_treatment_none_is_cytotoxic() -> None:
    """The strongest of a table of weak ones is weak all the same."""
    assert ANSWERS[by_shape(shape(6, peak=5.0), 2.0, 5.0)[0]] == "cytostatic"
