from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

import phenolens.neighbours.cosine_pairs as module
from phenolens.neighbours.cosine_pairs import AllPairs


def test_the_null_is_every_pair_once() -> None:
    x = np.random.default_rng(0).normal(size=(30, 5))
    pairs = AllPairs.of(x, 0)
    np.testing.assert_allclose(pairs.null, np.sort(1 - pdist(x, "cosine")))
    left, right = np.array([3, 9]), np.array([1, 20])
    found = pairs.cosine(left, right)
    assert np.isin(found, pairs.null).all()
    np.testing.assert_array_equal(found, pairs.cosine(right, left))


def test_tails_worked_by_hand() -> None:
    """Null 0, 1, ..., 9. Lower at 0.2: one or two values as small; upper at 0.9: nine smaller."""
    null = np.arange(10.0)
    pairs = AllPairs(np.eye(2), None, null)
    values = np.array([-1.0, 0, 1, 1.5, 2, 8, 8.5, 9, 10])
    lower, upper = pairs.tails(values, 0.2, 0.9)
    assert lower.tolist() == [True, True, True, True, False, False, False, False, False]
    assert upper.tolist() == [False, False, False, False, False, False, True, True, True]
    np.testing.assert_allclose(
        pairs.percentile(values), [0, 0.05, 0.15, 0.2, 0.25, 0.85, 0.9, 0.95, 1]
    )


def test_of_many_entities_pairs_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENTITIES", 20)
    monkeypatch.setattr(module, "DRAWN_PAIRS", 200_000)
    x = np.random.default_rng(1).normal(size=(30, 5))
    drawn = AllPairs.of(x, 0)
    assert drawn.table is None
    every = np.sort(1 - pdist(x, "cosine"))
    assert np.isin(np.round(drawn.null, 9), np.round(every, 9)).all()
    shares = [0.05, 0.5, 0.95]
    np.testing.assert_allclose(
        np.quantile(drawn.null, shares), np.quantile(every, shares), atol=0.02
    )
    assert drawn.null.max() < 0.999  # none with itself


def test_pairs_equal_but_for_rounding_are_ties() -> None:
    """One direction, many lengths: no pair is in a tail, and each is in the middle."""
    rng = np.random.default_rng(0)
    pairs = AllPairs.of(rng.normal(size=30) * rng.uniform(0.1, 10, size=(12, 1)), seed=0)
    cosine = pairs.cosine(np.arange(11), np.arange(1, 12))
    np.testing.assert_array_equal(pairs.percentile(cosine), 0.5)
    lower, upper = pairs.tails(cosine, 0.05, 0.95)
    assert not lower.any()
    assert not upper.any()
