"""All arrangements, one by one, and scipy's tests are the judges."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from scipy.stats import kendalltau, mannwhitneyu, somersd

from phenolens.statistics import monotone
from phenolens.statistics.monotone import rising, shuffled_trends


@pytest.mark.parametrize("size", [(1, 1, 1, 1, 1, 1), (2, 2, 2), (3, 1, 2), (1, 4, 1, 1)])
def test_as_all_arrangements_have_it(size: tuple[int, ...]) -> None:
    dose = np.repeat(np.arange(len(size)) + 1.0, size)
    rng = np.random.default_rng(sum(size))

    def statistic(value: np.ndarray) -> int:
        pairs = itertools.combinations(range(len(dose)), 2)
        return sum(int(np.sign((dose[j] - dose[i]) * (value[j] - value[i]))) for i, j in pairs)

    every = [statistic(np.array(v)) for v in itertools.permutations(range(len(dose)))]
    for _ in range(5):
        value = rng.normal(size=len(dose))
        trend, p = rising(dose, value)
        s = statistic(value)
        assert p == pytest.approx(np.mean([other >= s for other in every]))
        assert trend == pytest.approx(s / max(every))
        assert trend == pytest.approx(somersd(dose, value).statistic)


def test_as_scipys_kendall_and_mann_whitney() -> None:
    rng = np.random.default_rng(1)
    dose, value = np.arange(9.0), rng.normal(size=9) + 0.3 * np.arange(9)
    wanted = kendalltau(dose, value, method="exact", alternative="greater")
    assert rising(dose, value) == pytest.approx((wanted.statistic, wanted.pvalue))
    two, value = np.repeat([1.0, 10.0], [13, 9]), rng.normal(size=22)
    wanted = mannwhitneyu(value[13:], value[:13], method="exact", alternative="greater")
    assert rising(two, value)[1] == pytest.approx(wanted.pvalue)


def test_many_rows_and_ties_by_the_normal_approximation(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    dose = np.repeat(np.arange(5.0), 10)
    for shift in (0.0, 0.1, 0.3):
        value = rng.normal(size=50) + shift * dose
        exact = rising(dose, value)[1]
        with monkeypatch.context() as patch:
            patch.setattr(monotone, "_EXACT", 0)
            assert rising(dose, value)[1] == pytest.approx(exact, abs=0.01)
    two = np.repeat([1.0, 10.0], [40, 30])
    value = rng.integers(0, 6, 70).astype(float)  # ties: as Mann and Whitney's, without correction
    wanted = mannwhitneyu(
        value[40:], value[:40], method="asymptotic", use_continuity=False, alternative="greater"
    )
    assert rising(two, value)[1] == pytest.approx(wanted.pvalue)


def test_the_test_holds_its_level_with_ties_in_both() -> None:
    rng = np.random.default_rng(3)
    dose = np.repeat(np.arange(6.0), 4)
    p = [rising(dose, rng.integers(0, 9, 24).astype(float))[1] for _ in range(150)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.06)


def test_shuffled_trends_are_those_of_all_pairs_in_any_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    dose, value = rng.integers(0, 4, 30).astype(float), rng.integers(0, 9, 30).astype(float)
    higher = dose[None] > dose[:, None]
    shuffled = np.random.default_rng(5).permuted(np.tile(value, (7, 1)), axis=1)
    slow = [(np.sign(v[None] - v[:, None]) * higher).sum() / higher.sum() for v in shuffled]
    np.testing.assert_allclose(shuffled_trends(dose, value, 7, np.random.default_rng(5)), slow)
    monkeypatch.setattr(monotone, "_CELLS", 80)
    np.testing.assert_allclose(shuffled_trends(dose, value, 7, np.random.default_rng(5)), slow)


def test_many_rows_of_few_doses_are_no_work_for_each_pair() -> None:
    """All pairs of 20,000 rows, 20 times, are 8e9 comparisons."""
    rng = np.random.default_rng(6)
    began = time.process_time()
    drawn = shuffled_trends(np.repeat([1.0, 2, 3], 7000), rng.normal(size=21_000), 20, rng)
    assert time.process_time() - began < 2
    assert np.abs(drawn).max() < 0.05


def test_no_trend_can_be_seen_in_one_dose_or_one_response() -> None:
    assert rising(np.ones(4), np.arange(4.0)) == (0.0, 1.0)
    assert rising(np.arange(4.0), np.ones(4)) == (0.0, 1.0)
    drawn = shuffled_trends(np.arange(6.0), np.arange(6.0), 2000, np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(0, abs=0.03)
    assert drawn.std() == pytest.approx(np.sqrt(2 * 17 / (9 * 6 * 5)), abs=0.02)  # Kendall's


def test_responses_equal_but_for_rounding_are_ties() -> None:
    dose = np.array([1.0, 2.0, 3.0])
    assert rising(dose, np.array([0.3, 0.1 + 0.2, 0.3])) == rising(dose, np.ones(3))
    assert rising(dose, 1e9 * np.array([0.3, 0.1 + 0.2, 0.4]))[0] == pytest.approx(2 / 3)


def test_responses_that_are_all_one_have_no_spread() -> None:
    """The terms of the variance cancel, whatever the sizes: no root of a rounding below 0."""
    for sizes in ([2, 3], [3, 4, 5], [7, 1, 1, 2], [2, 9, 5, 4], [11, 13, 17]):
        dose = np.repeat(np.arange(1.0, len(sizes) + 1), sizes)
        assert rising(dose, np.full(len(dose), 0.3)) == (0.0, 1.0)
