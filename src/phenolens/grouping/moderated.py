"""Moderated: a group's rows averaged with weights, by how well each agrees with the others."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Integer
from scipy import stats

_ROWS = 1024  # rows of a group compared with all others at a time


def moderated_means(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
    min_weight: float = 0.01,
    precision: int = 4,
) -> tuple[Float32[np.ndarray, "g d"], Float64[np.ndarray, " k"]]:
    """Return the moderated z-score (MODZ) of each group, and every row's weight.

    Subramanian et al. 2017: a row's weight is its mean Spearman correlation with the group's
    other rows, over the features; negative correlations count as 0, and no weight is below
    `min_weight`. The weights are divided by their sum, rounded, and multiply the rows.

    A row that is constant over the features has no ranks to correlate: its correlations count as
    0. A group of one row is itself, and two rows weigh the same.

    Args:
        x: Rows.
        order: The rows, group after group, in an order free of that of the table.
        start: Where in `order` each group begins.
        min_weight: Least weight, before they are divided by their sum.
        precision: Decimals that the weights are rounded to.
    """
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    weights = np.ones(len(order))
    end = np.append(start[1:], len(order))
    for k, (begin, stop) in enumerate(zip(start, end, strict=True)):
        rows = x[order[begin:stop]].astype(np.float64)
        if len(rows) > 1:
            raw = np.maximum(_agreement(rows), min_weight)
            weights[begin:stop] = np.round(raw / raw.sum(), precision)
        out[k] = weights[begin:stop] @ rows
    return out, weights


def _agreement(rows: Float64[np.ndarray, "k d"]) -> Float64[np.ndarray, " k"]:
    """Return each row's mean Spearman correlation with the others, those below 0 as 0."""
    ranks = stats.rankdata(rows, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    ranks /= np.where(length > 0, length, 1.0)
    total = np.empty(len(rows))
    for i in range(0, len(rows), _ROWS):
        r = ranks[i : i + _ROWS] @ ranks.T
        r[np.arange(len(r)), np.arange(i, i + len(r))] = 0.0
        total[i : i + _ROWS] = r.clip(0).sum(axis=1)
    return total / (len(rows) - 1)
