from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.metrics import average_precision_score, pairwise_distances

from phenolens.core.pairs import PairRule
from phenolens.neighbours import ranking
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.ranking import Question, rank

QUESTION = Question(PairRule(same=("a",), differ=("b",)), PairRule(differ=("a",)))


def slow(order: list[bool]) -> float:
    """Mean over positives of the share of positives down to each."""
    found = [sum(order[: i + 1]) / (i + 1) for i, hit in enumerate(order) if hit]
    return sum(found) / len(found)


@given(st.integers(0, 10_000), st.sampled_from(["cosine", "euclidean"]))
def test_against_a_slow_loop_and_scikit_learn(seed: int, distance: Distance) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    meta = pd.DataFrame({"a": rng.integers(0, 4, n), "b": rng.integers(0, 5, n)})
    x = rng.normal(size=(n, 3))
    question = Question(QUESTION.positives, QUESTION.negatives, distance)
    found = rank(x, meta, question)
    far = pairwise_distances(x, metric=distance)
    positive = question.positives.allows(meta)
    negative = question.negatives.allows(meta)
    asked = [i for i in range(n) if positive[i].any() and negative[i].any()]
    assert found.row.tolist() == asked
    for i, precision, m, total in zip(
        asked, found.average_precision, found.positives, found.total, strict=True
    ):
        some = np.flatnonzero(positive[i] | negative[i])
        assert (m, total) == (positive[i].sum(), len(some))
        by_distance = some[np.argsort(far[i][some])]
        assert precision == pytest.approx(slow(positive[i][by_distance].tolist()))
        theirs = average_precision_score(positive[i][some], -far[i][some])
        assert precision == pytest.approx(theirs)


@given(st.integers(0, 10_000))
def test_ties_count_what_they_would_over_all_orders(seed: int) -> None:
    """Distances on a grid of three values: every order of the tied is written out."""
    rng = np.random.default_rng(seed)
    n = 7
    meta = pd.DataFrame({"a": ["q", *rng.choice(["q", "r"], n - 1)], "b": np.arange(n)})
    far = np.concatenate([[0], rng.integers(1, 3, n - 1)]).astype(float)
    question = Question(QUESTION.positives, QUESTION.negatives, "euclidean")
    first = Question(QUESTION.positives, QUESTION.negatives, "euclidean", "positives_first")
    asking = np.arange(n) == 0
    positive = (meta["a"] == "q").to_numpy()
    found = rank(far[:, None], meta, question, asking)
    if positive.all() or not positive[1:].any():
        assert len(found) == 0
        return
    orders = [
        order for order in permutations(range(1, n)) if (np.diff(far[list(order)]) >= 0).all()
    ]
    every = [slow(positive[list(order)].tolist()) for order in orders]
    assert found.average_precision[0] == pytest.approx(np.mean(every))
    best = rank(far[:, None], meta, first, asking).average_precision[0]
    assert best == pytest.approx(max(every))


def test_features_that_are_all_alike_score_chance() -> None:
    """In copairs' order, positives first, they score 1."""
    meta = pd.DataFrame({"a": np.repeat(np.arange(20), 3), "b": np.arange(60)})
    x = np.ones((60, 4))
    fair = rank(x, meta, QUESTION)
    chance = (
        (2 - 1) / 58 * (59 - (1 / np.arange(1, 60)).sum()) + (1 / np.arange(1, 60)).sum()
    ) / 59
    np.testing.assert_allclose(fair.average_precision, chance)
    theirs = Question(QUESTION.positives, QUESTION.negatives, ties="positives_first")
    np.testing.assert_allclose(rank(x, meta, theirs).average_precision, 1)


def test_a_row_that_is_both_is_a_positive() -> None:
    meta = pd.DataFrame({"a": ["q", "q", "r"], "b": [0, 1, 2]})
    question = Question(PairRule(same=("a",)), PairRule(differ=("b",)), "euclidean")
    found = rank(np.array([[0.0], [2.0], [1.0]]), meta, question)
    assert found.row.tolist() == [0, 1]
    assert found.total.tolist() == [2, 2]
    np.testing.assert_allclose(found.average_precision, [1 / 2, 1 / 2])


def test_a_row_asks_once_for_each_of_its_values() -> None:
    """At 0 stands x|y; x at 2, y at 3, neither at 1: the negative comes first for both."""
    meta = pd.DataFrame({"a": ["x|y", "z", "x", "y"], "b": [0, 1, 2, 3]})
    members = sparse.csr_array(np.array([[1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]))
    question = Question(QUESTION.positives, QUESTION.negatives, "euclidean")
    found = rank(np.arange(4.0)[:, None], meta, question, by_value=members)
    assert found.row.tolist() == [0, 0, 2, 3]
    assert found.value.tolist() == [0, 1, 0, 1]
    assert found.positives.tolist() == [1, 1, 1, 1]
    assert found.total.tolist() == [2, 2, 3, 3]  # x and y hold nothing in common: negatives
    np.testing.assert_allclose(found.average_precision, [1 / 2, 1 / 2, 1 / 3, 1 / 3])


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"a": rng.integers(0, 9, 90), "b": rng.integers(0, 3, 90)})
    x = rng.normal(size=(90, 3))
    whole = rank(x, meta, QUESTION)
    monkeypatch.setattr(ranking, "_BLOCK", 700)
    blocks = rank(x, meta, QUESTION)
    np.testing.assert_array_equal(whole.row, blocks.row)
    np.testing.assert_allclose(whole.average_precision, blocks.average_precision)


def test_what_is_equal_but_for_rounding_is_a_tie() -> None:
    """Rows of many lengths in one direction are all equally near by cosine: chance, bit for bit."""
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"a": np.repeat(np.arange(20), 3), "b": np.arange(60)})
    x = rng.normal(size=40) * rng.uniform(0.1, 10, size=(60, 1))
    chance = rank(np.ones((60, 4)), meta, QUESTION).average_precision
    np.testing.assert_array_equal(rank(x, meta, QUESTION).average_precision, chance)
    question = Question(QUESTION.positives, QUESTION.negatives, "euclidean")
    same = np.tile(rng.normal(size=40), (60, 1))
    same[-1] += 1e4  # the centre is elsewhere, and equal rows are at no distance
    alike = rank(same, meta, question, np.arange(60) < 57).average_precision
    assert len(set(alike.tolist())) == 1


def test_one_far_row_makes_no_ties_of_the_others() -> None:
    """Distances that are tiny beside the largest are still told apart."""
    meta = pd.DataFrame({"a": list("qqrrz"), "b": range(5)})
    x = np.array([0.0, 1.0, 1.1, 3.0, 1e7])[:, None]
    found = rank(x, meta, Question(QUESTION.positives, QUESTION.negatives, "euclidean"))
    assert found.average_precision.tolist()[0] == 1
