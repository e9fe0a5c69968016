"""The nearest allowed neighbour of every row, in blocks: never the whole n x n."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64, Integer

from phenolens.core.pairs import PairRule

Distance = Literal["cosine", "euclidean"]

_BLOCK = 32_000_000  # similarities held at a time
# float32 finds who may be nearest; whoever is this close to the best is measured in float64.
_SLACK = 3e-5
_TIE = 1e-9  # squared distances within this share of the smallest are ties


def nearest(
    x: Float64[np.ndarray, "n d"], meta: pd.DataFrame, rule: PairRule, distance: Distance
) -> tuple[Int64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Return each row's nearest neighbour among those the rule allows, and how far it is.

    A row without an allowed neighbour gets -1, infinitely far. Of neighbours equally near, the
    first row is taken: sort the rows by what identifies them to make that mean something.

    Args:
        x: Features; for `cosine` no row of zeros.
        meta: Metadata of the same rows.
        rule: Who may be whose neighbour; a row is never its own.
        distance: 1 - cosine, or euclidean.
    """
    rule.check(meta)
    points, scale = _points(x, distance)
    found = np.full(len(x), -1, dtype=np.int64)
    squared = np.full(len(x), np.inf)
    coarse = points.astype(np.float32)
    half = (coarse * coarse).sum(axis=1) / 2
    kind, doubled = _kinds(meta, [*rule.same, *rule.differ])
    step = max(1, _BLOCK // len(x))
    for begin in range(0, len(x), step):
        rows = np.arange(begin, min(begin + step, len(x)))
        allowed = _allowed(rule, doubled, kind, rows)
        # Largest where |p - q|^2 = |p|^2 + |q|^2 - 2 p.q is smallest.
        nearness = coarse[rows] @ coarse.T
        nearness -= half
        np.copyto(nearness, -np.inf, where=~allowed)
        best = nearness.max(axis=1)
        close = (nearness >= (best - _SLACK)[:, None]) & np.isfinite(best)[:, None]
        query, candidate = np.nonzero(close)
        exact = _squared(points, rows, query, candidate)
        some, place = _first_smallest(query, exact)
        found[rows[some]] = candidate[place]
        squared[rows[some]] = exact[place]
    return found, squared / 2 if distance == "cosine" else np.sqrt(squared) * scale


def _points(
    x: Float64[np.ndarray, "n d"], distance: Distance
) -> tuple[Float64[np.ndarray, "n d"], float]:
    """Return points no farther than 1 from the origin, and what they were divided by.

    On the unit sphere the squared euclidean distance is twice 1 - cos.
    """
    if distance == "cosine":
        return x / np.linalg.norm(x, axis=1, keepdims=True), 1.0
    centred = x - x.mean(axis=0)
    scale = float(np.linalg.norm(centred, axis=1).max()) or 1.0
    return centred / scale, scale


def _squared(
    points: Float64[np.ndarray, "n d"],
    rows: Int64[np.ndarray, " k"],
    query: Integer[np.ndarray, " m"],
    candidate: Integer[np.ndarray, " m"],
) -> Float64[np.ndarray, " m"]:
    """Return the squared distances of pairs in float64."""
    if len(query) > 64 * len(rows):  # nearly everything is equally near: one product is cheaper
        size = (points * points).sum(axis=1)
        dense = size[rows, None] + size - 2 * (points[rows] @ points.T)
        return dense[query, candidate].clip(0)
    out = np.empty(len(query))
    for i in range(0, len(query), 8192):
        gap = points[rows[query[i : i + 8192]]] - points[candidate[i : i + 8192]]
        out[i : i + 8192] = np.einsum("ij,ij->i", gap, gap)
    return out


def _first_smallest(
    query: Integer[np.ndarray, " m"], value: Float64[np.ndarray, " m"]
) -> tuple[Integer[np.ndarray, " q"], Integer[np.ndarray, " q"]]:
    """Return the queries, and of each the first place whose value is (nearly) its smallest."""
    some, start, inverse = np.unique(query, return_index=True, return_inverse=True)
    if not len(some):
        return some, start
    least = np.minimum.reduceat(value, start)
    tied = np.flatnonzero(value <= (least * (1 + _TIE) + 1e-15)[inverse])
    first = np.unique(inverse[tied], return_index=True)[1]
    return some, tied[first]


def _kinds(meta: pd.DataFrame, columns: list[str]) -> tuple[Int64[np.ndarray, " n"], pd.DataFrame]:
    """Return each row's kind (rows alike in the columns) and the table of kinds, twice over.

    Twice, since a rule never lets a row pair with itself, but rows of one kind may pair.
    """
    if not columns:
        return np.zeros(len(meta), dtype=np.int64), pd.DataFrame(index=range(2))
    codes = meta.groupby(columns, dropna=False, sort=False).ngroup().to_numpy(dtype=np.int64)
    first = np.unique(codes, return_index=True)[1]
    kinds = meta.iloc[first][columns]
    return codes, pd.concat([kinds, kinds], ignore_index=True)


def _allowed(
    rule: PairRule,
    doubled: pd.DataFrame,
    kind: Int64[np.ndarray, " n"],
    rows: Int64[np.ndarray, " k"],
) -> Bool[np.ndarray, "k n"]:
    """Return who may be the neighbour of these rows."""
    some, inverse = np.unique(kind[rows], return_inverse=True)
    allowed: Bool[np.ndarray, "k n"] = rule.allows(doubled, some)[:, len(doubled) // 2 :]
    allowed = allowed[:, kind][inverse]
    allowed[np.arange(len(rows)), rows] = False
    return allowed
