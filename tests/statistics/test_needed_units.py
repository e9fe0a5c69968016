"""How many units are needed: against the power that so many have in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from phenolens.statistics.needed_units import needed_units


def test_so_many_units_have_a_power_of_80_percent() -> None:
    sd, gap, units = 1.0, 0.3, 25
    half = 1.96 * sd / math.sqrt(units)
    needed = needed_units(units, gap, gap - half, gap + half) or 0
    assert needed == pytest.approx((2.8 * sd / gap) ** 2, abs=1.5)  # 7.85 / effect size squared
    drawn = np.random.default_rng(0).normal(gap, sd, size=(4000, needed))
    low = drawn.mean(axis=1) - 1.96 * drawn.std(axis=1, ddof=1) / math.sqrt(needed)
    assert (low > 0).mean() == pytest.approx(0.8, abs=0.03)


def test_few_units_are_counted_with_their_own_interval() -> None:
    half = stats.t.ppf(0.975, 3) * 1.0 / 2  # four units of standard deviation 1
    needed = needed_units(4, 1.0, 1 - half, 1 + half) or 0
    assert 9 <= needed <= 11  # the quantile of many units would say 8
    drawn = np.random.default_rng(0).normal(1, 1, size=(4000, needed))
    t = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * math.sqrt(needed)
    assert (t > stats.t.ppf(0.975, needed - 1)).mean() == pytest.approx(0.8, abs=0.05)


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
