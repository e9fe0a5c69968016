from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy.spatial import distance as scipy_distance

from phenolens.trajectories.distances import TimeDistance, row_distances


@pytest.mark.parametrize("name", get_args(TimeDistance))
def test_it_is_what_scipy_computes(name: TimeDistance) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 5)), rng.normal(size=(20, 5))
    judge = getattr(scipy_distance, "cityblock" if name == "l1" else name)
    slow = [judge(a, b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(row_distances(x, y, name), slow, rtol=1e-12)


def test_l1_as_drawn_is_not_the_euclidean_distance_of_the_code() -> None:
    x, y = np.array([[3.0, 4.0]]), np.zeros((1, 2))
    drawn = sum(np.sqrt((a - b) ** 2) for a, b in zip(x[0], y[0], strict=True))
    assert row_distances(x, y, "l1")[0] == drawn == 7
    assert row_distances(x, y, "euclidean")[0] == 5


def test_what_is_not_defined_is_missing() -> None:
    x, zero = np.array([[1.0, 2.0]]), np.zeros((1, 2))
    assert np.isnan(row_distances(x, zero, "cosine"))
    assert np.isnan(row_distances(x, zero + 3, "correlation"))
    assert np.isnan(row_distances(x, -x, "braycurtis"))


def test_a_row_that_is_constant_but_for_rounding_has_no_correlation() -> None:
    """0.1 is no binary fraction: the mean of three of them, as of three features, is not 0.1."""
    constant = np.full((1, 3), 0.1)
    assert (constant - constant.mean(axis=1, keepdims=True) != 0).any()
    x = np.random.default_rng(0).normal(size=(1, 3))
    assert np.isnan(row_distances(x, constant, "correlation"))
    assert np.isnan(row_distances(constant, x, "correlation"))
    small = 1 + 1e-6 * x
    np.testing.assert_allclose(
        row_distances(small, x, "correlation"),
        scipy_distance.correlation(small[0], x[0]),
        atol=1e-8,
    )
