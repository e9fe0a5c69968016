"""Touching objects are split: every pixel climbs to the top of the hill that it is on."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64
from scipy import ndimage
from scipy.spatial import cKDTree

_EIGHT = np.ones((3, 3), dtype=bool)


def split(
    mask: Bool[np.ndarray, "h w"], height: Float32[np.ndarray, "h w"], reach: float
) -> Int32[np.ndarray, "h w"]:
    """Return labels 1.. of the hills of a landscape inside a mask, 0 outside.

    A watershed by steepest ascent: each pixel belongs to the top that is reached by always going to
    the highest of eight neighbours. A top within `reach` of a higher one, in the same connected
    piece, belongs to that one. Labels are in the order of their tops, row by row.

    Args:
        mask: Where there are objects.
        height: The landscape, 0 or above: the distance to the ground, smoothed.
        reach: Least distance between two objects' tops, in pixels.
    """
    width = mask.shape[1] + 2
    flat = np.pad(np.where(mask, height, np.float32(-1)), 1, constant_values=-1).ravel()
    at = np.flatnonzero(flat >= 0)
    best, to = flat[at].copy(), at.copy()
    for dy in (-width, 0, width):
        for dx in (-1, 0, 1):
            other = at + dy + dx
            value = flat[other]
            up = (value > best) | ((value == best) & (other > to))  # ties go one way
            best[up], to[up] = value[up], other[up]
    goes = np.arange(flat.size)
    goes[at] = to
    _join(goes, at[to == at], flat, width, reach)
    found = goes[at]
    while not np.array_equal(goes[found], found):
        found = goes[found]
    labels = np.zeros(flat.size, dtype=np.int32)
    labels[at] = np.unique(found, return_inverse=True)[1] + 1
    return labels.reshape(-1, width)[1:-1, 1:-1]


def _join(
    goes: Int64[np.ndarray, " p"],
    tops: Int64[np.ndarray, " k"],
    flat: Float32[np.ndarray, " p"],
    width: int,
    reach: float,
) -> None:
    """Let every top go to the highest one within reach of it, where that is higher."""
    pairs = cKDTree(np.stack(np.divmod(tops, width), axis=1)).query_pairs(
        reach, output_type="ndarray"
    )
    pieces = ndimage.label(flat.reshape(-1, width) >= 0, _EIGHT)[0].ravel()[tops]
    pairs = pairs[pieces[pairs[:, 0]] == pieces[pairs[:, 1]]]
    rank = np.argsort(np.argsort(flat[tops], kind="stable"))
    pairs = np.take_along_axis(pairs, np.argsort(rank[pairs], axis=1), axis=1)
    pairs = pairs[np.argsort(rank[pairs[:, 1]])]  # of several, the highest is written last
    goes[tops[pairs[:, 0]]] = tops[pairs[:, 1]]
