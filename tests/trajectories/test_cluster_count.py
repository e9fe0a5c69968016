from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from phenolens.trajectories.cluster_count import Choice, choices, chosen, subsets_of
from phenolens.trajectories.clusters import Grouping

pytest.importorskip("dtaidistance")


def grouping(points: np.ndarray) -> Grouping:
    matrix = np.abs(points[:, None] - points)
    series = [np.full((2, 1), p) for p in points]
    return Grouping("hierarchical", series, matrix, 0, "test")


def test_three_groups_are_three() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([c + 0.1 * rng.normal(size=8) for c in (0, 5, 20)])
    found = choices(grouping(points), range(2, 6), 5, 0)
    best = chosen(found)
    assert best.k == 3
    assert best.stability == 1
    assert (best.share == 1).all()
    wanted = silhouette_score(np.abs(points[:, None] - points), best.code, metric="precomputed")
    assert best.silhouette == pytest.approx(wanted)
    assert best.figures() == {"k": 3, "silhouette": round(wanted, 6), "stability": 1.0}


def test_noise_is_not_found_again_by_subsets() -> None:
    points = np.random.default_rng(1).uniform(size=30)
    found = choices(grouping(points), [7], 10, 0)[0]
    assert found.stability < 1
    assert found.share.min() < 1


def test_stability_comes_first() -> None:
    none = np.zeros(2, dtype=np.int64), np.zeros(2)

    def one(k: int, silhouette: float, stability: float) -> Choice:
        return Choice(k, silhouette, stability, *none)

    assert chosen([one(2, 0.3, 0.9), one(3, 0.4, 0.85), one(4, 0.9, 0.5)]).k == 3
    assert chosen([one(2, 0.3, 0.5), one(3, 0.9, 0.4)]).k == 2
    assert chosen([one(2, 0.3, 0.9), one(3, 0.3, 0.9)]).k == 2


def test_subsets_of_many_curves_have_300_and_take_each_curve_as_often() -> None:
    few = subsets_of(100, 3, 0)
    assert [len(one) for one in few] == [80, 80, 80]
    many = subsets_of(2100, 20, 0)
    assert {len(np.unique(one)) for one in many} == {300}
    times = np.bincount(np.concatenate(many), minlength=2100)
    assert (times.min(), times.max()) == (2, 3)
