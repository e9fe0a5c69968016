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
    assert sign_flip_p(gap + 10, unit) == 2 / 100_000  # none of 99,999 is beyond it


def test_nothing_to_compare() -> None:
    assert np.isnan(sign_flip_p(np.array([1.0, 2.0]), pd.Series(["a", "a"])))
    assert sign_flip_p(np.zeros(5), units(5)) == 1


def test_against_scipys_permutation_test() -> None:
    """Few units exactly, many to the error of drawing."""
    rng = np.random.default_rng(2)
    for count, tolerance in ((11, 1e-12), (38, 0.006)):
        total = rng.normal(0.25, 1, count)
        found = stats.permutation_test(
            (total, np.zeros(count)),
            lambda one, other, axis: np.sum(one - other, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=19_999,
            random_state=rng,
        )
        assert sign_flip_p(total, units(count)) == pytest.approx(found.pvalue, abs=tolerance)


def test_more_units_than_are_held_at_a_time() -> None:
    total = np.random.default_rng(3).normal(0.01, 1, 2_000)
    wanted = stats.ttest_1samp(total, 0).pvalue
    assert sign_flip_p(total, units(2_000), draws=9_999) == pytest.approx(wanted, abs=0.02)
