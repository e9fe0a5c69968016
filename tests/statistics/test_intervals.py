"""Intervals against scipy's and published ones, and what does not change them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import binomtest

from phenolens.statistics.intervals import interval_of_mean, wilson


def test_it_is_scipys_where_every_row_is_a_unit() -> None:
    values = np.random.default_rng(3).exponential(size=200)
    units = pd.Series(np.arange(200))
    low, high = interval_of_mean(values, units, resamples=20_000)
    wanted = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=0.01)


def test_row_order_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    values, units = rng.normal(size=100), pd.Series(rng.integers(0, 9, 100))
    order = rng.permutation(100)
    again = interval_of_mean(values[order], units.iloc[order].reset_index(drop=True))
    assert again == interval_of_mean(values, units)


def test_one_unit_cannot_vary() -> None:
    low, high = interval_of_mean(np.array([1.0, 2.0]), pd.Series(["a", "a"]))
    assert math.isnan(low)
    assert math.isnan(high)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (101, 103, 93.2, 99.5),
        (88, 92, 89.3, 98.3),
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.0, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_wilson_as_published(hits: int, n: int, low: float, high: float) -> None:
    digits = 1 if n in (103, 92) else 2
    assert tuple(round(100 * end, digits) for end in wilson(hits, n)) == (low, high)


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 7), (3, 7), (7, 7), (500, 1000)])
def test_wilson_is_scipys(hits: int, n: int) -> None:
    theirs = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_rows_no_interval() -> None:
    assert all(math.isnan(end) for end in wilson(0, 0))


def test_a_missing_unit_is_one_unit_however_it_is_missing() -> None:
    values = np.array([0.0, 1, 1, 0, 1, 0])
    units = ["a", "b", np.nan, np.nan, np.nan, "c"]
    expected = interval_of_mean(values, pd.Series(units, dtype=object))
    for missing in (None, pd.NA, pd.NaT):
        mixed = ["a", "b", missing, np.nan, missing, "c"]
        assert interval_of_mean(values, pd.Series(mixed, dtype=object)) == expected
    nullable = pd.Series(["a", "b", None, None, None, "c"], dtype="string")
    assert interval_of_mean(values, nullable) == expected
