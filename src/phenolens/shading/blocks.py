"""Blocks: a field cut into rectangles of about one size."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64, Real, UInt16


def edges(side: int, block: int) -> Int64[np.ndarray, " k"]:
    """Return the first pixel of each block along a side, as CellProfiler cuts it.

    There are side // block blocks, at least one; all pixels are in one.

    Args:
        side: Pixels.
        block: Pixels of a block, about.

    Example:
        >>> edges(10, 3).tolist()
        [0, 4, 7]
    """
    return cut(side, max(1, side // block))


def cut(side: int, count: int) -> Int64[np.ndarray, " k"]:
    """Return the first pixel of each of this many blocks along a side."""
    return -(-np.arange(count) * side // count)


def minima(
    images: UInt16[np.ndarray, "n c h w"], block: int
) -> UInt16[np.ndarray, "n c block_h block_w"]:
    """Return the smallest count of each block."""
    rows, columns = (edges(side, block) for side in images.shape[2:])
    return np.minimum.reduceat(np.minimum.reduceat(images, rows, axis=2), columns, axis=3)


def means(field: Real[np.ndarray, "h w"], block: int) -> Float64[np.ndarray, "block_h block_w"]:
    """Return the mean of each block."""
    starts = [edges(side, block) for side in field.shape]
    whole = field.dtype.kind == "u"  # sums of counts are exact, and need no copy of the field
    pairs = zip(starts[0], [*starts[0][1:], len(field)], strict=True)
    kind = np.uint64 if whole else np.float64
    rows = np.stack([field[first:end].sum(axis=0, dtype=kind) for first, end in pairs])
    sums = np.add.reduceat(rows, starts[1], axis=1)
    counts = [np.diff([*s, side]) for s, side in zip(starts, field.shape, strict=True)]
    return sums / np.multiply.outer(*counts)


def spread(field: Real[np.ndarray, "h w"]) -> float:
    """Return how uneven a field is: the sd of 4 x 4 block means, in their mean.

    Args:
        field: One image, or the mean of several; at least 4 x 4 pixels.
    """
    blocks = [np.array_split(row, 4, axis=1) for row in np.array_split(field, 4)]
    values = np.array([[block.mean() for block in row] for row in blocks])
    mean = values.mean()
    return float(values.std() / mean) if mean > 0 else 0.0
