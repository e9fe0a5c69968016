"""Median polish: row and column effects of a plate that a few strong wells do not change."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

_SWEEPS = 20
_SETTLED = 1e-6


def median_polish(
    x: Float[np.ndarray, "r c d"], known: Bool[np.ndarray, "r c"]
) -> tuple[Float[np.ndarray, "r d"], Float[np.ndarray, "c d"]]:
    """Return Tukey's (1977) row and column effects, each of median 0.

    Medians of rows, then of columns, are subtracted in turn until they are 0, or 20 times.

    Args:
        x: A plate, feature by feature.
        known: Which of its wells count; at least one in every row and in every column.
    """
    left = np.where(known[:, :, None], x, np.nan)
    rows = np.zeros((x.shape[0], x.shape[2]))
    columns = np.zeros((x.shape[1], x.shape[2]))
    size = np.nanmax(np.abs(left), axis=(0, 1))
    for _ in range(_SWEEPS):
        by_row = _median(left, known, 1)
        left -= by_row[:, None]
        by_column = _median(left, known, 0)
        left -= by_column[None]
        rows, columns = rows + by_row, columns + by_column
        most = np.maximum(np.abs(by_row).max(axis=0), np.abs(by_column).max(axis=0))
        if (most <= _SETTLED * size).all():
            break
    return rows - np.median(rows, axis=0), columns - np.median(columns, axis=0)


def _median(
    x: Float[np.ndarray, "r c d"], known: Bool[np.ndarray, "r c"], axis: int
) -> Float[np.ndarray, "l d"]:
    """Return medians along an axis of what is known; sorting puts the rest (NaN) last."""
    ordered = np.moveaxis(np.sort(x, axis=axis), axis, 0)
    n = known.sum(axis=axis)
    lines = np.arange(len(n))
    return (ordered[(n - 1) // 2, lines] + ordered[n // 2, lines]) / 2
