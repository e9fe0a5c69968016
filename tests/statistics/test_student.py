"""Student's interval, against scipy's and against a simulation of its coverage."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.student import FEW, half_width, student_interval


def test_of_single_rows_it_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).normal(size=5)
    found = student_interval(values, pd.Series(list("abcde")))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found == pytest.approx((expected.low, expected.high))


def test_units_of_equal_size_count_by_their_means() -> None:
    values = np.random.default_rng(1).normal(size=12)
    unit = pd.Series([f"u{k // 3}" for k in range(12)])
    means = values.reshape(4, 3).mean(axis=1)
    expected = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert student_interval(values, unit) == pytest.approx((expected.low, expected.high))
    turned = np.arange(12)[::-1]
    again = student_interval(values[turned], unit[turned].reset_index(drop=True))
    assert again == student_interval(values, unit)


def test_a_large_unit_has_more_weight() -> None:
    values, unit = np.array([0.0, 0, 0, 4]), pd.Series(list("aaab"))
    low, high = student_interval(values, unit)  # residuals of the totals: -3 and 3
    half = stats.t.ppf(0.975, 1) * math.sqrt(2 * 18) / 4
    assert (low, high) == pytest.approx((1 - half, 1 + half))


def test_one_unit_has_none_and_equal_ones_no_width() -> None:
    assert all(map(math.isnan, student_interval(np.ones(3), pd.Series(["a"] * 3))))
    assert student_interval(np.ones(3), pd.Series(list("abc"))) == (1, 1)


@pytest.mark.parametrize("count", [2, 4])
def test_it_covers_what_the_bootstrap_misses_of_few_units(count: int) -> None:
    rng, unit = np.random.default_rng(2), pd.Series(range(count))
    missed, missed_by_bootstrap = 0, 0
    for values in rng.normal(size=(200, count)):
        low, high = student_interval(values, unit)
        missed += not low <= 0 <= high
        low, high = interval_of_mean(values, unit, resamples=200)
        missed_by_bootstrap += not low <= 0 <= high
    assert missed / 200 <= 0.08  # 0.05, and two standard errors
    assert missed_by_bootstrap / 200 >= 0.12


def test_the_half_width_is_that_of_the_interval_that_is_taken() -> None:
    assert half_width(FEW - 1) == pytest.approx(stats.t.ppf(0.975, FEW - 2))
    assert half_width(FEW) == pytest.approx(stats.norm.ppf(0.975))
