from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import pairwise_distances

from phenolens.core.pairs import PairRule
from phenolens.neighbours import nearest as neighbours
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.nearest import k_nearest, nearest

RULES = [
    PairRule(),
    PairRule(differ=("a",)),
    PairRule(same=("a",)),
    PairRule(same=("a",), differ=("b",)),
    PairRule(differ=("a", "b")),
]


def brute(
    x: np.ndarray, meta: pd.DataFrame, rule: PairRule, distance: str
) -> tuple[np.ndarray, np.ndarray]:
    far = pairwise_distances(x, metric=distance)
    far[~rule.allows(meta)] = np.inf
    best = far.min(axis=1)
    return np.where(np.isfinite(best), far.argmin(axis=1), -1), best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(RULES), st.sampled_from(["cosine", "euclidean"]))
def test_as_all_pairs_would_have_it(seed: int, rule: PairRule, distance: Distance) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    meta = pd.DataFrame(
        {
            "a": rng.choice(np.array(["x", "y", "z", None], dtype=object), n),
            "b": rng.choice(list("uv"), n),
        }
    )
    meta.loc[0, "b"] = "u|v"
    x = rng.normal(size=(n, 4)).astype(np.float32).astype(np.float64)
    found, far = nearest(x, meta, rule, distance)
    wanted, wanted_far = brute(x, meta, rule, distance)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_allclose(far, wanted_far, atol=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"a": rng.integers(0, 9, 90)})
    x = rng.normal(size=(90, 3))
    whole = nearest(x, meta, PairRule(differ=("a",)), "cosine")
    monkeypatch.setattr(neighbours, "_BLOCK", 700)
    blocks = nearest(x, meta, PairRule(differ=("a",)), "cosine")
    np.testing.assert_array_equal(whole[0], blocks[0])
    np.testing.assert_array_equal(whole[1], blocks[1])


@pytest.mark.parametrize("n", [5, 400])  # 400: so many ties that one dense product measures them
def test_of_equals_the_first_is_taken(n: int) -> None:
    meta = pd.DataFrame({"a": ["x"] * 2 + ["y"] * (n - 2)})
    x = np.tile([[1.0, 2.0, 3.0]], (n, 1)) * np.linspace(1, 2, n)[:, None]
    found, far = nearest(x, meta, PairRule(differ=("a",)), "cosine")
    assert found.tolist() == [2, 2] + [0] * (n - 2)
    np.testing.assert_allclose(far, 0, atol=1e-12)


def test_float32_alone_would_err() -> None:
    """Two candidates that differ by 1e-7 in cosine, the nearer one second."""
    angle = np.array([0.0, 0.5 + 1e-6, -0.5])
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert nearest(x, pd.DataFrame(index=range(3)), PairRule(), "cosine")[0][0] == 2


def test_one_far_row_does_not_blur_the_others() -> None:
    x = np.array([[0.0], [1.0], [1.5], [3.0], [1e6]])
    found, far = nearest(x, pd.DataFrame(index=range(5)), PairRule(), "euclidean")
    assert found.tolist() == [1, 2, 1, 2, 3]
    np.testing.assert_allclose(far, [1, 0.5, 0.5, 1.5, 1e6 - 3], rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(RULES),
    st.sampled_from(["cosine", "euclidean"]),
    st.integers(1, 6),
)
def test_the_k_nearest_as_all_pairs_would_have_them(
    seed: int, rule: PairRule, distance: Distance, k: int
) -> None:
    """On a grid, where many are equally near: they come in the order of the rows."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 80))
    meta = pd.DataFrame({"a": rng.integers(0, 3, n), "b": rng.integers(0, 4, n)})
    x = rng.integers(0, 3, (n, 3)) + np.array([0.0, 0.0, 1.0])
    far = pairwise_distances(x, metric=distance).round(12)
    far[~rule.allows(meta)] = np.inf
    order = np.argsort(far, axis=1, kind="stable")[:, :k]
    wanted_far = np.take_along_axis(far, order, axis=1)
    wanted = np.where(np.isfinite(wanted_far), order, -1)
    index, found = k_nearest(x, k, distance, meta, rule)
    assert index.shape == found.shape == (n, k)
    m = wanted.shape[1]  # fewer than k where the table has fewer rows
    np.testing.assert_array_equal(index[:, :m], wanted)
    np.testing.assert_allclose(found[:, :m], wanted_far, atol=1e-7)
    assert (index[:, m:] == -1).all()
    assert np.isinf(found[:, m:]).all()


def test_many_rows_are_looked_at_in_groups_first() -> None:
    """Enough rows that the largest of every 64 columns is taken before they are looked at."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 5))
    meta = pd.DataFrame({"a": rng.integers(0, 9, 1500), "b": rng.integers(0, 700, 1500)})
    rule = PairRule(differ=("a", "b"))
    far = pairwise_distances(x)
    far[~rule.allows(meta)] = np.inf
    for k in (1, 2, 15):
        index, found = k_nearest(x, k, "euclidean", meta, rule)
        np.testing.assert_array_equal(index, np.argsort(far, axis=1)[:, :k])
        np.testing.assert_allclose(found, np.sort(far, axis=1)[:, :k], rtol=1e-9)


def test_without_a_rule_everyone_else_may_be_met() -> None:
    x = np.array([[0.0], [1.0], [3.0]])
    index, far = k_nearest(x, 3, "euclidean")
    assert index.tolist() == [[1, 2, -1], [0, 2, -1], [1, 0, -1]]
    np.testing.assert_allclose(far, [[1, 3, np.inf], [1, 2, np.inf], [2, 3, np.inf]])


@pytest.mark.parametrize("n", [20, 400])  # 400: one dense product measures so many ties
def test_of_rows_equal_but_for_rounding_the_first_is_taken(n: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=40) * rng.uniform(0.1, 10, size=(n, 1))
    index = k_nearest(x, 3, "cosine")[0]
    assert index[5].tolist() == [0, 1, 2]
    assert index[1].tolist() == [0, 2, 3]
