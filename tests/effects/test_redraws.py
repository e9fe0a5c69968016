"""Redrawn means against Student's t, computed by scipy."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import kstest, t

from phenolens.effects.matched import Matched
from phenolens.effects.redraws import Controls, known_mean, redrawn, spreads

ONE = Matched(np.array([-1, -1, -1, 0]), np.zeros(4, np.int64), 1, 1)
TWO = Matched(np.array([-1, -1, -1, -1, -1, 0]), np.array([0, 0, 1, 1, 1, 1]), 1, 2)


@pytest.mark.parametrize("curves", [2, 3, 6])
def test_the_mean_of_few_curves_is_drawn_as_students_t(curves: int) -> None:
    values = np.random.default_rng(curves).normal(5, 2, curves)
    against = np.repeat(values[:, None], 3001, axis=1)  # controls that do not vary
    made = redrawn(against, np.zeros(3001), 0)
    assert made[0] == pytest.approx(values.mean())
    wanted = t(curves - 1, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(curves))
    assert kstest(made[1:], wanted.cdf).pvalue > 0.01
    bootstrap = values[np.random.default_rng(0).integers(0, curves, (3000, curves))].mean(axis=1)
    assert kstest(bootstrap, wanted.cdf).pvalue < 0.01, "which the bootstrap of few curves is not"


def test_the_spread_of_controls_is_pooled_over_groups() -> None:
    values = np.array([1.0, 3, 10, 11, 12, 99])
    made = Controls.of(values, TWO, 4000, 0)
    assert made.free == 3
    assert made.mean[:, 0].tolist() == [2.0, 11.0]
    spread = np.sqrt((2 + 2) / 3)
    for group, (mean, count) in enumerate([(2, 2), (11, 3)]):
        wanted = t(3, loc=mean, scale=spread / np.sqrt(count))
        assert kstest(made.mean[group, 1:], wanted.cdf).pvalue > 0.01
    assert kstest(made.alone[1:], t(3, scale=spread).cdf).pvalue > 0.01
    assert abs(np.corrcoef(made.mean[0, 1:], made.mean[1, 1:])[0, 1]) < 0.1
    few = Controls.of(values, TWO, 4000, 0, least=3)
    assert few.free == 2
    assert Controls.of(values[[0, 2, 5]], TWO.take(np.array([0, 2, 5])), 9, 0).free == 0


def test_many_plates_need_no_memory_for_all_their_proportions() -> None:
    """100 plates of 4 controls and 100 redraws: 32 MB if drawn for all plates at a time."""
    plates = np.repeat(np.arange(100), 4)
    matched = Matched(np.full(400, -1), plates, 0, 100)
    tracemalloc.start()
    made = Controls.of(np.random.default_rng(0).normal(size=(400, 3)), matched, 100, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.mean.shape == (100, 101, 3)
    assert peak < 5e6


def test_all_times_of_a_curve_are_redrawn_together() -> None:
    values = np.array([[1.0, 10], [2, 20], [3, 30], [0, 0]])
    made = Controls.of(values, ONE, 50, 0)
    np.testing.assert_allclose(made.mean[0, :, 1], 10 * made.mean[0, :, 0])
    both = redrawn(np.repeat(values[:3, None], 51, axis=1), made.alone, 1)
    np.testing.assert_allclose(both[:, 1], 10 * both[:, 0])


def test_a_lone_curve_varies_as_controls_do() -> None:
    made = Controls.of(np.array([1.0, 2, 3, 7]), ONE, 200, 0)
    lone = redrawn(np.full((1, 201), 7.0), made.alone, 1)
    np.testing.assert_allclose(lone, 7 + made.alone)
    assert lone[0] == 7


def test_missing_values_are_left_out() -> None:
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, np.nan]])
    assert known_mean(values)[:1].tolist() == [2.0]
    made = redrawn(np.repeat(values[:, None], 21, axis=1), np.zeros((21, 2)), 0)
    assert made[0].tolist() == [2.0, 5.0]
    assert len(set(made[:, 0])) == 21
    assert (made[:, 1] == 5).all(), "one curve, and controls that do not vary"
    assert np.isnan(redrawn(np.full((1, 5, 1), np.nan), np.zeros((5, 1)), 0)).all()


def test_an_unknown_spread_stays_as_measured() -> None:
    assert (spreads(0, 10, np.random.default_rng(0)) == 1).all()
    drawn = spreads(2, 4000, np.random.default_rng(0))
    assert drawn[0] == 1
    assert (drawn[1:] < 1).mean() == pytest.approx(np.exp(-1), abs=0.03)  # chi-squared of 2 above 2
