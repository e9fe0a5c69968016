"""How many units are needed: against the power that so many have in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from phenolens.statistics.needed_units import needed_units


def test_so_many_units_have_a_power_of_80_percent() -> None:
    sd, gap, units = 1.0, 0.3, 25
    half = 1.96 * sd / math.sqrt(units)
    needed = needed_units(units, gap, gap - half, gap + half) or 0
    assert needed == pytest.approx((2.8 * sd / gap) ** 2, abs=1.5)  # 7.85 / effect size squared
    drawn = np.random.default_rng(0).normal(gap, sd, size=(4000, needed))
    low = drawn.mean(axis=1) - 1.96 * drawn.std(axis=1, ddof=1) / math.sqrt(needed)
    assert (low > 0).mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("gap", "low", "high"),
    [
        (0.0, -1, 1),
        (0.001, -1, 1),
        (1e-200, -1, 1),
        (0.5, math.nan, math.nan),
        (math.nan, -1, 1),
        (0, 0, 0),
    ],
)
def test_what_cannot_be_decided_has_no_number(gap: float, low: float, high: float) -> None:
    assert needed_units(50, gap, low, high) is None


def test_the_side_of_the_margin_is_all_the_same() -> None:
    assert needed_units(10, -0.5, -1, 1) == needed_units(10, 0.5, -1, 1)
