"""The interval of a mean over units: scipy's bootstrap, and what does not change it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from phenolens.statistics.bootstrap import interval_of_mean


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
