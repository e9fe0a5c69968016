"""Average precision of every query: where its positives stand among its negatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64, Integer, UInt32
from scipy import sparse

from phenolens.core.pairs import PairRule
from phenolens.neighbours.kinds import RuleKinds
from phenolens.neighbours.nearest import Distance

Ties = Literal["expected", "positives_first"]

_BLOCK = 4_000_000  # similarities held at a time
_NEVER = np.uint32(0xFFFFFFFF)  # behind every distance


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Who is looked for among whom.

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
    """One entry a query, in the order of the rows; those without a positive or a negative left out.

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
    """Return the average precision of every row that asks.

    The same as sorting each query's positives and negatives by distance, but only the places of
    the positives are found. Distances are compared in float32, as in copairs: what it cannot tell
    apart is a tie.

    Args:
        x: Features; for `cosine` no row of zeros.
        meta: Metadata of the same rows.
        question: Who is looked for among whom.
        asking: Which rows are queries; all, unless given.
        by_value: (n, values) which values a cell holds, of a column that positives must share: a
            row then asks once for each of its values, and finds those that hold it too.

    Raises:
        InputError: A rule names a column that the table lacks.
    """
    points = _Points.of(x, question.distance)
    found, against = RuleKinds.of(meta, question.positives), RuleKinds.of(meta, question.negatives)
    rows = np.arange(len(x)) if asking is None else np.flatnonzero(asking)
    parts = []
    for some in _blocks(rows, len(x)):
        positive = _allowed(found, some)
        negative = _allowed(against, some) & ~positive
        bits = points.distances(some).view(np.uint32)
        parts.append(_block(bits, positive, negative, some, by_value, question.ties))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rankings(none, none, np.zeros(0), none, none)
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)]
    return Rankings(*columns)


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
class _Points:
    """Features ready for distances from one product."""

    x: Float64[np.ndarray, "n d"]
    size: Float64[np.ndarray, " n"] | None  # squared lengths, for the euclidean distance

    @classmethod
    def of(cls, x: Float64[np.ndarray, "n d"], distance: Distance) -> _Points:
        if distance == "cosine":
            return cls(x / np.linalg.norm(x, axis=1, keepdims=True), None)
        centred = x - x.mean(axis=0)
        return cls(centred, np.einsum("ij,ij->i", centred, centred))

    def distances(self, rows: Int64[np.ndarray, " b"]) -> np.ndarray:
        """Return (b, n) distances in float32, none below 0: their bits sort as they do."""
        product = self.x[rows] @ self.x.T
        if self.size is None:
            return (np.float32(1) - product.astype(np.float32)).clip(0)
        squared = self.size[rows, None] + self.size - 2 * product
        far: np.ndarray = np.sqrt(squared.clip(0)).astype(np.float32)
        return far


def _block(
    bits: UInt32[np.ndarray, "b n"],
    positive: Bool[np.ndarray, "b n"],
    negative: Bool[np.ndarray, "b n"],
    rows: Int64[np.ndarray, " b"],
    by_value: sparse.csr_array | None,
    ties: Ties,
) -> tuple[np.ndarray, ...]:
    """Return the fields of `Rankings` for a block of queries."""
    row, column = np.nonzero(positive)
    if by_value is None:
        value = np.zeros(len(row), dtype=np.int64)
    else:
        pair, value = _shared(by_value, rows[row], column)
        row, column = row[pair], column[pair]
    negatives = negative.sum(axis=1)
    some = negatives[row] > 0
    row, column, value = row[some], column[some], value[some]
    order = np.lexsort((bits[row, column], value, row))
    row, column, value = row[order], column[order], value[order]
    key = bits[row, column]
    before, through = _among(np.where(negative, bits, _NEVER), row, key)
    query, start, count = _runs(row, value)
    # A positive's share: positives down to it, itself counted, by everyone down to it.
    own = np.arange(len(row)) - start[query] + 1
    share = own / (own + before)
    if ties == "expected":
        _share_ties(share, query, key, before, through - before, start)
    precision = np.bincount(query, share, minlength=len(count)) / count
    return rows[row[start]], value[start], precision, count, count + negatives[row[start]]


def _shared(
    members: sparse.csr_array, left: Integer[np.ndarray, " p"], right: Integer[np.ndarray, " p"]
) -> tuple[Int64[np.ndarray, " s"], Int64[np.ndarray, " s"]]:
    """Return pairs of rows once for each value that both hold: the pair's place, the value."""
    both = members[left].multiply(members[right]).tocoo()
    return both.row.astype(np.int64), both.col.astype(np.int64)


def _among(
    negatives: UInt32[np.ndarray, "b n"],
    row: Int64[np.ndarray, " p"],
    key: UInt32[np.ndarray, " p"],
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """Return how many of its row's negatives come before each key, and how many not after it."""
    n = negatives.shape[1]
    negatives.sort(axis=1)
    line = negatives.astype(np.int64)
    line += np.arange(len(line))[:, None] << 32  # so that all rows are one sorted line
    line = line.reshape(-1)
    sought = key.astype(np.int64) + (row << 32)
    before = np.searchsorted(line, sought) - row * n
    through = np.searchsorted(line, sought, side="right") - row * n
    return before, through


def _runs(
    *codes: Int64[np.ndarray, " p"],
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " q"], Int64[np.ndarray, " q"]]:
    """Return the run of equal codes each place lies in, where runs begin and how long they are."""
    first = np.zeros(len(codes[0]), dtype=bool)
    for code in codes:
        first |= np.diff(code, prepend=-1) != 0
    start = np.flatnonzero(first)
    return np.cumsum(first) - 1, start, np.diff(start, append=len(first))


def _share_ties(
    share: Float64[np.ndarray, " p"],
    query: Int64[np.ndarray, " p"],
    key: UInt32[np.ndarray, " p"],
    before: Int64[np.ndarray, " p"],
    level: Int64[np.ndarray, " p"],
    start: Int64[np.ndarray, " q"],
) -> None:
    """Write what positives level with negatives count on average over all orders of the tied.

    With P positives and B negatives before p positives and n negatives all equally near, the t-th
    of these is a positive with probability p / (p + n); then P + 1 and on average
    (t - 1)(p - 1) / (p + n - 1) of the tied are positives down to it.

    Args:
        share: Of each positive, in the order of queries and distances; written to.
        query: Whose positive it is.
        key: How far it is.
        before: Negatives before it.
        level: Negatives as far.
        start: Where each query's positives begin.
    """
    if not level.any():
        return
    run, begin, length = _runs(query, key.astype(np.int64))
    for i in np.flatnonzero(level[begin] > 0).tolist():
        at, p, n = int(begin[i]), int(length[i]), int(level[begin[i]])
        ahead, t = at - int(start[query[at]]), np.arange(1, p + n + 1)
        positives = ahead + 1 + (t - 1) * (p - 1) / max(p + n - 1, 1)
        total = (p / (p + n) * positives / (ahead + int(before[at]) + t)).sum()
        share[run == i] = total / p
