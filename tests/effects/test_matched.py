from __future__ import annotations

import numpy as np
import pytest

from phenolens.effects.matched import Matched, pooled_variance

M = Matched(np.array([-1, -1, 0, 0, -1, -1, -1]), np.array([0, 0, 0, 1, 1, 1, 1]), 1, 2)


def test_curves_and_controls_by_number() -> None:
    assert M.curves(0).tolist() == [2, 3]
    assert M.controls(0).tolist() == [0, 1]
    assert M.controls(1).tolist() == [4, 5, 6]
    assert M.take(np.arange(7)[::-1]).controls(0).tolist() == [5, 6]


def test_the_variance_is_pooled_within_groups() -> None:
    values = np.array([1.0, 3, 99, 99, 10, 11, 12])
    variance, free = pooled_variance(values, M)
    assert variance == pytest.approx((2 + 2) / 3)
    assert free == 3
    lone, none = pooled_variance(np.where(np.arange(7) > 0, np.nan, values), M)
    assert np.isnan(lone)
    assert none == 0


def test_a_group_of_too_few_controls_shows_no_spread() -> None:
    values = np.array([1.0, 30, 99, 99, 10, 11, 12])
    variance, free = pooled_variance(values, M, 3)
    assert variance == pytest.approx(1.0)
    assert free == 2
