"""Average precision of every query: where its positives rank among its negatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64, Integer
from scipy import sparse

from phenolens.core.pairs import PairRule
from phenolens.core.values import runs
from phenolens.neighbours.distance import Distance, Points, Products, floors
from phenolens.neighbours.kinds import RuleKinds
from phenolens.statistics.ties import band, starts

Ties = Literal["expected", "positives_first"]

_BLOCK = 4_000_000  # similarities held at a time


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which rows a query should find, and among which.

    Attributes:
        positives: Which rows a query should find.
        negatives: Which rows it should find them before; a row that is both is a positive.
        distance: 1 - cosine, or euclidean.
        ties: What a positive counts that is as near as a negative.
    """

    positives: PairRule
    negatives: PairRule
    distance: Distance = "cosine"
    ties: Ties = "expected"


@dataclass(frozen=True, slots=True, eq=False)
class Rankings:
    """One entry per query with a positive and a negative, in the order of the rows.

    Attributes:
        row: (q,) the query's row.
        value: (q,) which value is asked for; 0 where none is.
        average_precision: (q,) mean over positives of the share of positives down to each.
        positives: (q,) how many it should find.
        total: (q,) positives and negatives together.
    """

    row: Int64[np.ndarray, " q"]
    value: Int64[np.ndarray, " q"]
    average_precision: Float64[np.ndarray, " q"]
    positives: Int64[np.ndarray, " q"]
    total: Int64[np.ndarray, " q"]

    def __len__(self) -> int:
        return len(self.row)


def rank(
    x: Float64[np.ndarray, "n d"],
    meta: pd.DataFrame,
    question: Question,
    asking: Bool[np.ndarray, " n"] | None = None,
    by_value: sparse.csr_array | None = None,
) -> Rankings:
    """Return the average precision of every query.

    The same as sorting each query's positives and negatives by distance, but only the places of
    the positives are found. `statistics/ties.py` says what counts as equally near.

    Args:
        x: Features; for `cosine` no row of zeros.
        meta: Metadata of the same rows.
        question: Which rows a query should find, and among which.
        asking: Which rows are queries; all, unless given.
        by_value: (n, values) which values a cell holds, of a column that positives must share: a
            row then asks once for each of its values, and finds those that hold it too.

    Raises:
        InputError: A rule names a column that the table lacks.
    """
    points = Points.of(x, question.distance)
    products = Products.of(points)
    found, against = RuleKinds.of(meta, question.positives), RuleKinds.of(meta, question.negatives)
    rows = np.arange(len(x)) if asking is None else np.flatnonzero(asking)
    parts = []
    for some in _blocks(rows, len(x)):
        positive = _allowed(found, some)
        negative = _allowed(against, some) & ~positive
        ranked = _Ranked(products.to_all(some), positive, negative, floors(points, some))
        parts.append(_block(ranked, some, by_value, question.ties))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rankings(none, none, np.zeros(0), none, none)
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)]
    return Rankings(*columns)


def any_answer(
    meta: pd.DataFrame, question: Question, asking: Bool[np.ndarray, " n"] | None = None
) -> bool:
    """Return whether a query has a positive and a negative, by the metadata alone.

    Args:
        meta: Metadata of all rows.
        question: Which rows a query should find, and among which.
        asking: Which rows are queries; all, unless given.

    Raises:
        InputError: A rule names a column that the table lacks.
    """
    found, against = RuleKinds.of(meta, question.positives), RuleKinds.of(meta, question.negatives)
    rows = np.arange(len(meta)) if asking is None else np.flatnonzero(asking)
    for some in _blocks(rows, len(meta)):  # the first block nearly always has one
        positive = _allowed(found, some)
        negative = _allowed(against, some) & ~positive
        if (positive.any(axis=1) & negative.any(axis=1)).any():
            return True
    return False


def _blocks(rows: Int64[np.ndarray, " q"], n: int) -> Iterator[Int64[np.ndarray, " b"]]:
    step = max(1, _BLOCK // max(n, 1))
    for begin in range(0, len(rows), step):
        yield rows[begin : begin + step]


def _allowed(kinds: RuleKinds, rows: Int64[np.ndarray, " b"]) -> Bool[np.ndarray, "b n"]:
    some, inverse = np.unique(kinds.code[rows], return_inverse=True)
    allowed = kinds.allowed(some)[:, kinds.code][inverse]
    allowed[np.arange(len(rows)), rows] = False
    return allowed


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """A block of queries and all rows.

    Attributes:
        far: Squared distances.
        positive: Which rows a query should find.
        negative: Which rows it should find them before.
        floor: How far rounding may part a query's distances.
    """

    far: Float64[np.ndarray, "b n"]
    positive: Bool[np.ndarray, "b n"]
    negative: Bool[np.ndarray, "b n"]
    floor: Float64[np.ndarray, " b"]


def _block(
    ranked: _Ranked,
    rows: Int64[np.ndarray, " b"],
    by_value: sparse.csr_array | None,
    ties: Ties,
) -> tuple[np.ndarray, ...]:
    """Return the fields of `Rankings` for a block of queries."""
    row, column = np.nonzero(ranked.positive)
    if by_value is None:
        value = np.zeros(len(row), dtype=np.int64)
    else:
        pair, value = _shared(by_value, rows[row], column)
        row, column = row[pair], column[pair]
    negatives = ranked.negative.sum(axis=1)
    some = negatives[row] > 0
    row, column, value = row[some], column[some], value[some]
    far = ranked.far[row, column]
    order = np.lexsort((far, value, row))
    row, value, far = row[order], value[order], far[order]
    before, tied, level = _among(ranked, row, far)
    query, start, count = runs(row, value)
    # A positive's share: positives down to it, itself counted, by everyone down to it.
    own = np.arange(len(row)) - start[query] + 1
    share = own / (own + before)
    if ties == "expected":
        _share_ties(share, query, level, before, tied, start)
    precision = np.bincount(query, share, minlength=len(count)) / count
    return rows[row[start]], value[start], precision, count, count + negatives[row[start]]


def _shared(
    members: sparse.csr_array, left: Integer[np.ndarray, " p"], right: Integer[np.ndarray, " p"]
) -> tuple[Int64[np.ndarray, " s"], Int64[np.ndarray, " s"]]:
    """Return pairs of rows once for each value that both hold: the pair's place, the value."""
    both = members[left].multiply(members[right]).tocoo()
    return both.row.astype(np.int64), both.col.astype(np.int64)


def _among(
    ranked: _Ranked, row: Int64[np.ndarray, " p"], far: Float64[np.ndarray, " p"]
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """Return how many of its row's negatives are nearer than each positive, and how many as near.

    And the positive's place among the groups of ties of its row, where negatives are as near.

    Args:
        ranked: The block.
        row: Each positive's row in it, rising.
        far: How far the positive is.
    """
    line = np.where(ranked.negative, ranked.far, np.inf)
    line.sort(axis=1)
    before, tied, level = np.zeros((3, len(row)), dtype=np.int64)
    _, start, count = runs(row)
    for begin, n in zip(start.tolist(), count.tolist(), strict=True):
        own = slice(begin, begin + n)
        negatives, floor, sought = line[row[begin]], ranked.floor[row[begin]], far[own]
        low, high = band(sought, floor)
        before[own] = np.searchsorted(negatives, low)
        tied[own] = np.searchsorted(negatives, high, side="right")
        if (tied[own] > before[own]).any():
            some = negatives[: np.searchsorted(negatives, np.inf)]
            before[own], tied[own], level[own] = _levels(some, sought, floor)
    tied -= before
    return before, tied, level


def _levels(
    negatives: Float64[np.ndarray, " n"], positives: Float64[np.ndarray, " p"], floor: float
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """Return the negatives before each positive's group of ties and through it, and the group."""
    both = np.concatenate([negatives, positives])
    order = np.argsort(both, kind="stable")
    level = np.empty(len(both), dtype=np.int64)
    level[order] = np.cumsum(starts(both[order], floor))
    known, own = level[: len(negatives)], level[len(negatives) :]
    return np.searchsorted(known, own), np.searchsorted(known, own, side="right"), own


def _share_ties(
    share: Float64[np.ndarray, " p"],
    query: Int64[np.ndarray, " p"],
    level: Int64[np.ndarray, " p"],
    before: Int64[np.ndarray, " p"],
    tied: Int64[np.ndarray, " p"],
    start: Int64[np.ndarray, " q"],
) -> None:
    """Write what positives level with negatives count on average over all orders of the tied.

    With P positives and B negatives before p positives and n negatives all equally near, the t-th
    of these is a positive with probability p / (p + n); then P + 1 and on average
    (t - 1)(p - 1) / (p + n - 1) of the tied are positives down to it.

    Args:
        share: Of each positive, in the order of queries and distances; written to.
        query: Whose positive it is.
        level: Its group of ties, where there are negatives in it.
        before: Negatives before the group.
        tied: Negatives in the group.
        start: Where each query's positives begin.
    """
    if not tied.any():
        return
    _, begin, length = runs(query, level)
    for i in np.flatnonzero(tied[begin] > 0).tolist():
        at, p, n = int(begin[i]), int(length[i]), int(tied[begin[i]])
        ahead, t = at - int(start[query[at]]), np.arange(1, p + n + 1)
        positives = ahead + 1 + (t - 1) * (p - 1) / max(p + n - 1, 1)
        total = (p / (p + n) * positives / (ahead + int(before[at]) + t)).sum()
        share[at : at + p] = total / p
