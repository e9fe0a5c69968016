from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from phenolens.audit.probes import (
    Design,
    balanced,
    folds_of,
    nearest_five,
    probe,
    ridge,
    shuffle,
)


@pytest.fixture
def table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 90)
    x = rng.normal(size=(90, 12)) + 0.8 * rng.normal(size=(4, 12))[codes]
    return x, codes, folds_of(rng.integers(0, 20, 90), 0)


@pytest.mark.parametrize("kind", ["knn", "linear"])
def test_predictions_are_scikit_learns(
    kind: str, table: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    x, codes, fold = table
    wanted = np.empty(90, dtype=int)
    for f in range(5):
        train, test = fold != f, fold == f
        if kind == "knn":
            model = KNeighborsClassifier(5, metric="cosine").fit(x[train], codes[train])
            wanted[test] = model.predict(x[test])
        else:
            scale = StandardScaler().fit(x[train])
            model = RidgeClassifier(alpha=12).fit(scale.transform(x[train]), codes[train])
            wanted[test] = model.predict(scale.transform(x[test]))
    made = (nearest_five if kind == "knn" else ridge)(x, fold, 4)(codes)
    np.testing.assert_array_equal(made, wanted)
    assert balanced(codes, made) == pytest.approx(balanced_accuracy_score(codes, wanted))


def test_no_group_is_parted_and_folds_are_even() -> None:
    group = np.random.default_rng(1).integers(0, 23, 200)
    fold = folds_of(group, 0)
    assert set(fold) == set(range(5))
    assert all(len(set(fold[group == g])) == 1 for g in set(group))
    assert np.ptp(np.bincount(fold)) <= np.bincount(group).max()


def test_a_shuffle_keeps_units_whole_and_stays_within() -> None:
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(12), 3)
    within, codes = unit % 2, unit // 2
    mixed = shuffle(codes, unit, within, rng)
    assert all(len(set(mixed[unit == u])) == 1 for u in range(12))
    for side in (0, 1):
        assert sorted(mixed[within == side]) == sorted(codes[within == side])
    assert (mixed != codes).any()


def alone(codes: np.ndarray) -> Design:
    n = len(codes)
    return Design(codes, np.arange(n), np.arange(n), np.zeros(n, dtype=np.int64))


def test_what_is_there_is_found_and_what_is_not_is_not() -> None:
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(3), 30)
    noise = rng.normal(size=(90, 20))
    for kind in ("knn", "linear"):
        there = probe(kind, noise + 2 * rng.normal(size=(3, 20))[codes], alone(codes), seed=1)
        absent = probe(kind, noise, alone(codes), seed=1)
        assert there is not None
        assert absent is not None
        assert there.value > 0.95
        assert there.z > 5
        assert there.p == pytest.approx(1 / 201)
        assert absent.p > 0.01
        assert absent.chance == pytest.approx(1 / 3, abs=0.05)


def test_p_values_are_even_where_there_is_nothing() -> None:
    rng = np.random.default_rng(4)
    codes = np.repeat(np.arange(2), 20)
    found = [
        probe("linear", rng.normal(size=(40, 8)), alone(codes), permutations=39, seed=s)
        for s in range(60)
    ]
    p = np.array([seen.p for seen in found if seen is not None])
    assert 0.35 < p.mean() < 0.65
    assert (p <= 0.05).mean() < 0.15


def test_one_value_or_one_group_cannot_be_asked() -> None:
    x = np.random.default_rng(5).normal(size=(20, 3))
    assert probe("knn", x, alone(np.zeros(20, dtype=np.int64))) is None
    codes, one = np.arange(20) % 2, np.zeros(20, dtype=np.int64)
    assert probe("knn", x, Design(codes, one, np.arange(20), one)) is None
