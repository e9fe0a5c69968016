from __future__ import annotations

import numpy as np
import pytest

from phenolens.effects.matched import Matched, drawn_means, draws, pooled_variance

M = Matched(np.array([-1, -1, 0, 0, -1, -1, -1]), np.array([0, 0, 0, 1, 1, 1, 1]), 1, 2)


def test_curves_and_controls_by_number() -> None:
    assert M.curves(0).tolist() == [2, 3]
    assert M.controls(0).tolist() == [0, 1]
    assert M.controls(1).tolist() == [4, 5, 6]
    assert M.take(np.arange(7)[::-1]).controls(0).tolist() == [5, 6]


def test_the_first_draw_is_everything_once() -> None:
    drawn = draws(4, 50, 0)
    assert drawn.shape == (51, 4)
    assert drawn[0].tolist() == [0, 1, 2, 3]
    assert drawn[1:].min() == 0
    assert drawn[1:].max() == 3
    assert (draws(4, 50, 0) == drawn).all()
    assert draws(0, 3, 0).shape == (4, 0)


def test_means_leave_missing_values_out() -> None:
    values = np.array([[1.0, np.nan], [3.0, 5.0]])
    made = drawn_means(values, 30, 0)
    assert made[0].tolist() == [2.0, 5.0]
    assert set(made[:, 0]) == {1.0, 2.0, 3.0}
    assert (made[:, 1] == 5).all(), "a redraw without a value has the mean of all"
    assert np.isnan(drawn_means(np.zeros((0, 2)), 3, 0)).all()


def test_the_variance_is_pooled_within_groups() -> None:
    values = np.array([1.0, 3, 99, 99, 10, 11, 12])
    variance, free = pooled_variance(values, M)
    assert variance == pytest.approx((2 + 2) / 3)
    assert free == 3
    lone, none = pooled_variance(np.where(np.arange(7) > 0, np.nan, values), M)
    assert np.isnan(lone)
    assert none == 0
