from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from phenolens.neighbours.distance import Distance, Points, Products, floors
from phenolens.statistics.ties import rounding


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_products_and_pairs_are_the_distances_squared(distance: Distance) -> None:
    x = np.random.default_rng(0).normal(size=(40, 7)) + 100
    points = Points.of(x, distance)
    far = cdist(x, x, distance)
    wanted = 2 * far if distance == "cosine" else (far / points.scale) ** 2
    rows = np.array([3, 0, 39])
    np.testing.assert_allclose(Products.of(points).to_all(rows), wanted[rows], atol=1e-12)
    left, right = np.indices(far.shape).reshape(2, -1)
    np.testing.assert_allclose(points.pairs(left, right).reshape(far.shape), wanted, atol=1e-12)
    coarse = points.coarse(np.arange(40), pad=16)
    assert coarse.shape == (48, 7)
    np.testing.assert_allclose(coarse[:40], points.at(np.arange(40)), atol=1e-7)
    assert not coarse[40:].any()


def test_no_euclidean_point_is_farther_than_1_from_the_origin() -> None:
    x = np.random.default_rng(1).normal(size=(50, 4)) * 1e6
    size = np.linalg.norm(Points.of(x, "euclidean").at(slice(None)), axis=1)
    assert size.max() == pytest.approx(1)
    assert Points.of(np.ones((3, 2)), "euclidean").scale == 1  # all alike: nothing to divide by


def test_the_floor_of_a_row_is_that_of_its_own_length() -> None:
    """One far row must not make ties of all that is near the centre."""
    x = np.concatenate([np.random.default_rng(2).normal(size=(99, 3)), [[1e9, 0, 0]]])
    floor = floors(Points.of(x, "euclidean"), np.arange(100))
    assert floor[99] == pytest.approx(rounding(3), rel=0.1)
    near = floors(Points.of(x, "cosine"), np.arange(100))
    np.testing.assert_allclose(near, rounding(3))
