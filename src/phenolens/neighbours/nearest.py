"""The nearest allowed neighbours of every row, in blocks: never the whole n x n."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float, Float64, Int64, Integer

from phenolens.core.pairs import PairRule
from phenolens.core.values import runs
from phenolens.neighbours.distance import Distance, Points, Products, floors
from phenolens.neighbours.kinds import RuleKinds
from phenolens.statistics.ties import starts

_BLOCK = 16_000_000  # similarities held at a time
_STRIDE = 64  # columns whose largest similarity is looked at before they are
# float32 finds who may be nearest; whoever is this close to the best is measured in float64.
_SLACK = 3e-5


def nearest(
    x: Float64[np.ndarray, "n d"],
    meta: pd.DataFrame,
    rule: PairRule,
    distance: Distance,
) -> tuple[Int64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Return each row's nearest neighbour among those the rule allows, and how far it is.

    A row without an allowed neighbour gets -1, infinitely far. Of neighbours equally near, the
    first row is taken: sort the rows by what identifies them to make that mean something.

    Args:
        x: Features; for `cosine` no row of zeros.
        meta: Metadata of the same rows.
        rule: Which rows may be neighbours; a row is never its own.
        distance: 1 - cosine, or euclidean.

    Raises:
        InputError: The rule names a column that the table lacks.
    """
    index, far = k_nearest(x, 1, distance, meta, rule)
    return index[:, 0], far[:, 0]


def k_nearest(
    x: Float64[np.ndarray, "n d"],
    k: int,
    distance: Distance,
    meta: pd.DataFrame | None = None,
    rule: PairRule | None = None,
) -> tuple[Int64[np.ndarray, "n k"], Float64[np.ndarray, "n k"]]:
    """Return the k nearest rows of each row, nearest first, and how far they are.

    A row is never its own neighbour. Where fewer than k are allowed, the rest is -1, infinitely
    far. Rows equally near come in the order of the rows (`statistics/ties.py` says what is equal).

    Args:
        x: Features; for `cosine` no row of zeros.
        k: How many neighbours.
        distance: 1 - cosine, or euclidean.
        meta: Metadata of the same rows, where a rule is given.
        rule: Which rows may be neighbours; all others, unless given.

    Raises:
        InputError: The rule names a column that the table lacks.
    """
    table = pd.DataFrame(index=range(len(x))) if meta is None else meta
    kinds = RuleKinds.of(table, rule or PairRule())
    points = Points.of(x, distance)
    order = np.argsort(kinds.code, kind="stable")
    index = np.full((len(x), k), -1, dtype=np.int64)
    squared = np.full((len(x), k), np.inf)
    stride = max(1, min(_STRIDE, len(x) // (8 * k)))
    right = points.coarse(order, pad=stride)
    half = (right * right).sum(axis=1) / 2 if distance == "euclidean" else None
    first = np.searchsorted(kinds.code[order], np.arange(len(kinds) + 1))
    for begin in range(0, len(x), max(1, _BLOCK // len(right))):
        end = min(begin + max(1, _BLOCK // len(right)), len(x))
        # Largest where |p - q|^2 = |p|^2 + |q|^2 - 2 p.q is smallest.
        nearness = right[begin:end] @ right.T
        if half is not None:
            nearness -= half
        nearness[:, len(x) :] = -np.inf
        _forbid(nearness, kinds, first, begin)
        query, candidate = _close(nearness, k, stride)
        rows, candidate = order[begin:end][query], order[candidate]
        exact = _squared(points, rows, candidate, order[begin:end])
        _keep_nearest(index, squared, (rows, candidate), exact, points)
    return index, squared / 2 if distance == "cosine" else np.sqrt(squared) * points.scale


def _forbid(
    nearness: Float[np.ndarray, "b m"], kinds: RuleKinds, first: Int64[np.ndarray, " k"], begin: int
) -> None:
    """Set to -inf the pairs that are not allowed: rows `begin` and on of those sorted by kind.

    Args:
        nearness: Of the block's rows to all; written to.
        kinds: Of all rows.
        first: Where each kind begins among the sorted rows, and their number.
        begin: The block's first row.
    """
    end = begin + len(nearness)
    own = np.arange(begin, end)
    low, high = np.searchsorted(first, [begin, end - 1], side="right")
    some = np.arange(low - 1, high)
    refused = np.zeros((len(some), len(kinds) + 2), dtype=np.int8)
    refused[:, 1:-1] = ~kinds.allowed(some)
    edge = np.diff(refused, axis=1)
    row, start = np.nonzero(edge == 1)
    stop = np.nonzero(edge == -1)[1]
    top = (first[some] - begin).clip(0)
    bottom = (first[some + 1] - begin).clip(max=len(nearness))
    left, right = first[start], first[stop]
    for r, i, j in zip(row.tolist(), left.tolist(), right.tolist(), strict=True):
        nearness[top[r] : bottom[r], i:j] = -np.inf
    nearness[own - begin, own] = -np.inf


def _close(
    nearness: Float[np.ndarray, "b m"], k: int, stride: int
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """Return the pairs (row, column) that may be among a row's k nearest.

    The largest of every `stride` columns, m / stride apart, bounds the k-th largest of all from
    below: only columns about to reach it are looked at.
    """
    groups = nearness.shape[1] // stride
    peak = nearness.reshape(len(nearness), stride, groups).max(axis=1)
    kth = peak.max(axis=1) if k == 1 else np.full(len(peak), -np.inf, dtype=peak.dtype)
    if 1 < k <= groups:
        kth = np.partition(peak, groups - k, axis=1)[:, groups - k]
    bar = kth - np.float32(_SLACK)
    row, group = np.nonzero((peak >= bar[:, None]) & (peak > -np.inf))
    columns = group[:, None] + np.arange(stride) * groups
    value = nearness[row[:, None], columns]
    pair, place = np.nonzero((value >= bar[row, None]) & (value > -np.inf))
    return row[pair], columns[pair, place]


def _squared(
    points: Points,
    query: Integer[np.ndarray, " m"],
    candidate: Integer[np.ndarray, " m"],
    rows: Int64[np.ndarray, " k"],
) -> Float64[np.ndarray, " m"]:
    """Return the squared distances of pairs in float64; the queries are among `rows`."""
    if len(query) <= 64 * len(rows):
        return points.pairs(query, candidate)
    # Nearly everything is equally near: products are cheaper.
    place = np.zeros(len(points.x), dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return Products.of(points).to_all(rows)[place[query], candidate]


def _keep_nearest(
    index: Int64[np.ndarray, "n k"],
    squared: Float64[np.ndarray, "n k"],
    pairs: tuple[Integer[np.ndarray, " p"], Integer[np.ndarray, " p"]],
    exact: Float64[np.ndarray, " p"],
    points: Points,
) -> None:
    """Write each query's k nearest candidates; of those equally near the first rows."""
    query, candidate = pairs
    if not len(query):
        return
    order = np.lexsort((exact, query))
    query, candidate, exact = query[order], candidate[order], exact[order]
    run, start, _ = runs(query)
    apart = starts(exact, floors(points, query[start])[run])
    apart[start] = True
    order = np.lexsort((candidate, np.cumsum(apart)))
    rank = np.arange(len(query)) - start[run]
    kept = rank < index.shape[1]
    place = query[order][kept], rank[kept]
    index[place] = candidate[order][kept]
    squared[place] = exact[order][kept]
