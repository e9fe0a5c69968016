"""The sign-flip test, counted by hand, and against SciPy's Wilcoxon of the same ranks."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from phenolens.statistics.sign_flip import sign_flip_p


def units(count: int) -> pd.Series:
    return pd.Series([f"c{k}" for k in range(count)])


def test_all_patterns_of_few_units_are_counted() -> None:
    gap = np.array([0.5, -0.25, 1.0, 0.25])
    sums = [abs(np.dot(signs, gap)) for signs in product((1, -1), repeat=4)]
    wanted = np.mean([total >= abs(gap.sum()) - 1e-12 for total in sums])
    assert sign_flip_p(gap, units(4)) == wanted == 6 / 16
    assert sign_flip_p(-gap, units(4)) == wanted


def test_of_ranks_it_is_wilcoxons_signed_rank_test() -> None:
    ranks = np.array([1.0, -2, 3, 4, -5, 6, 7, 8, 9, 10])
    wanted = stats.wilcoxon(ranks, method="exact").pvalue
    assert sign_flip_p(ranks, units(10)) == pytest.approx(wanted)


def test_doses_of_a_compound_are_flipped_together() -> None:
    gap = np.tile([1.0, 2.0, 3.0], 4)
    together = pd.Series(np.tile(["a", "b", "c"], 4))
    assert sign_flip_p(gap, together) == 0.25  # 2 of the 8 patterns of three compounds
    assert sign_flip_p(gap, units(12)) < 0.001


def test_many_units_are_drawn_and_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    gap, unit = rng.normal(0.1, 1, 200), units(200)
    p = sign_flip_p(gap, unit)
    assert p == pytest.approx(stats.ttest_1samp(gap, 0).pvalue, abs=0.02)
    turn = rng.permutation(200)
    assert sign_flip_p(gap[turn], unit.iloc[turn]) == p
    assert sign_flip_p(gap + 10, unit) == 2 / 10_000  # SciPy doubles the smaller of both sides


def test_nothing_to_compare() -> None:
    assert np.isnan(sign_flip_p(np.array([1.0, 2.0]), pd.Series(["a", "a"])))
    assert sign_flip_p(np.zeros(5), units(5)) == 1
