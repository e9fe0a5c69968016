from __future__ import annotations

from itertools import combinations
from typing import get_args

import numpy as np
import pytest

from phenolens.trajectories.clusters import (
    ClusterMethod,
    Grouping,
    _swapped,
    hierarchical,
    k_medoids,
)
from phenolens.trajectories.dtw import barycentre, dtw_matrix

pytest.importorskip("dtaidistance")


def test_the_medoids_are_the_best_of_all_choices() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        points = rng.normal(size=(12, 2))
        matrix = np.linalg.norm(points[:, None] - points, axis=2)
        best = min(matrix[:, list(c)].min(axis=1).sum() for c in combinations(range(12), 3))
        found = matrix[:, k_medoids(matrix, 3)].min(axis=1).sum()
        assert found == pytest.approx(best, rel=0.02)
    assert k_medoids(matrix, 1).tolist() == [int(matrix.sum(axis=0).argmin())]
    assert k_medoids(matrix, 99).tolist() == list(range(12))


def test_average_linkage_is_cut_into_k() -> None:
    points = np.array([0.0, 0.1, 5, 5.1, 9])
    code = hierarchical(np.abs(points[:, None] - points), 3)
    assert code.tolist() == [0, 0, 1, 1, 2]
    assert hierarchical(np.zeros((1, 1)), 3).tolist() == [0]


@pytest.mark.parametrize("method", get_args(ClusterMethod))
def test_curves_of_one_shape_are_together_whatever_their_delay(method: ClusterMethod) -> None:
    """Late and early rises are further apart at equal times than a late rise and none."""
    times = np.arange(24.0)
    rise = [np.clip(times - start, 0, 8) for start in (3, 6, 9, 12)]
    flat = [0.05 * np.sin(times + k) for k in range(4)]
    peak = [np.exp(-0.5 * ((times - middle) / 2) ** 2) * 6 for middle in (6, 9, 12)]
    series = [one[:, None] for one in (*rise, *flat, *peak)]
    matrix = dtw_matrix(series, 0, "test")
    code = Grouping(method, series, matrix, 0, "test").into(3)
    groups = [set(code[:4]), set(code[4:8]), set(code[8:])]
    assert [len(g) for g in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3


def test_all_swaps_at_once_are_what_each_swap_gives() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(20, 2))
    matrix = np.linalg.norm(points[:, None] - points, axis=2)
    for medoids in ([3], [0, 7], [2, 5, 11, 19], [4, 4]):
        cost = _swapped(matrix, medoids)
        for place, row in np.ndindex(cost.shape):
            other = [row if i == place else m for i, m in enumerate(medoids)]
            assert cost[place, row] == pytest.approx(matrix[:, other].min(axis=1).sum())


def test_k_means_ends_where_neither_curves_nor_barycentres_move() -> None:
    """Each curve is nearest to the barycentre of its own group, followed to its end."""
    rng = np.random.default_rng(0)
    times = np.linspace(0, 1, 20)
    series = [(s * times + rng.normal(0, 0.2, 20))[:, None] for s in (0, 1, 3) for _ in range(6)]
    matrix = dtw_matrix(series, 0, "test")
    code = Grouping("k_means", series, matrix, 0, "test").into(3)
    medoids = [series[m] for m in k_medoids(matrix, 3)]
    near = np.bincount(matrix[:, k_medoids(matrix, 3)].argmin(axis=1), minlength=3)
    assert sorted(np.bincount(code)) == sorted(near) == [6, 6, 6]
    centres = [
        barycentre([series[i] for i in np.flatnonzero(code == c)], medoids[c], "test")
        for c in range(3)
    ]
    far = np.array([[dtw_matrix([one, c], 0, "test")[0, 1] for c in centres] for one in series])
    np.testing.assert_array_equal(far.argmin(axis=1), code)
