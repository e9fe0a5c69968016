"""Smoothing over a large part of a field: a median or Gaussian that sees no pixel outside it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64, Real
from scipy import ndimage

from phenolens.shading.blocks import cut, means

Smoothing = Literal["median", "gaussian"]
_CELLS = 8  # of the grid in one radius: the rim of a disk is then as round as it has to be
_ROWS = 8  # of the grid whose windows are in memory together
TO_SIGMA = 2.35  # CellProfiler: full width at half maximum to standard deviation


def smooth(
    field: Real[np.ndarray, "h w"], how: Smoothing, size: float
) -> Float32[np.ndarray, "grid_h grid_w"]:
    """Return a field smoothed as CellProfiler's CorrectIlluminationCalculate does, on a grid.

    A median over a disk of radius size / 2.35, or a Gaussian of that standard deviation; places
    outside the field do not count. The field is averaged to cells of an eighth of the radius
    first, because what is left varies on the scale of the radius only: `on_pixels` interpolates.

    Args:
        field: The mean of many images.
        how: Which of the two.
        size: The size of the filter in pixels, as CellProfiler's settings have it.
    """
    radius = size / TO_SIGMA
    step = cell_side(size)
    grid = means(field, step)
    if how == "gaussian":
        one = ndimage.gaussian_filter(np.ones_like(grid), radius / step, mode="constant")
        light = ndimage.gaussian_filter(grid, radius / step, mode="constant")
        return (light / one).astype(np.float32)
    return _median(grid, radius / step).astype(np.float32)


def cell_side(size: float) -> int:
    """Return the pixels along a cell of the grid, for a filter of this size."""
    return max(1, int(size / TO_SIGMA / _CELLS))


def on_pixels(
    grid: Float32[np.ndarray, "grid_h grid_w"], size: tuple[int, int]
) -> Float32[np.ndarray, "h w"]:
    """Return what a grid says of every pixel: linear between the centres of its cells.

    Args:
        grid: Values of equal cells that cover the field.
        size: (height, width) of the field.
    """
    made = grid
    for axis, side in enumerate(size):
        starts = cut(side, grid.shape[axis])
        centres = (np.diff([*starts, side]) - 1) / 2 + starts
        place = np.interp(np.arange(side), centres, np.arange(len(starts)))
        low = np.minimum(place.astype(np.intp), max(0, len(starts) - 2))
        high = np.minimum(low + 1, len(starts) - 1)
        part = (place - low).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        made = made.take(low, axis) * (1 - part) + made.take(high, axis) * part
    return made


def _disk(radius: float) -> Bool[np.ndarray, "d d"]:
    reach = int(radius + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return y**2 + x**2 <= radius**2


def _median(
    grid: Float64[np.ndarray, "grid_h grid_w"], radius: float
) -> Float64[np.ndarray, "grid_h grid_w"]:
    disk = _disk(radius)
    reach = len(disk) // 2
    padded = np.pad(grid, reach, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, disk.shape)
    parts = [
        np.nanmedian(windows[first : first + _ROWS][..., disk], axis=-1)
        for first in range(0, len(grid), _ROWS)
    ]
    return np.concatenate(parts)
