"""Small round things in cells and on the ground: granules, vacuoles, droplets, blebs, debris."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int64
from scipy import ndimage

from phenolens.screens.simulator.brightfield.outlines import ANGLES, Outlines

F = Float[np.ndarray, " k"]
Map = Float32[np.ndarray, "h w"]


def places_in(
    rng: np.random.Generator,
    centres: Float[np.ndarray, "k 2"],
    outlines: Outlines,
    cell: Int64[np.ndarray, " k"],
    reach: tuple[float, float],
) -> Float[np.ndarray, "k 2"]:
    """Return a random place per dot, between two relative distances from the middle of its cell.

    Args:
        rng: Stream of this image.
        centres: Row and column of the middle of each dot's cell, pixels.
        outlines: Of all cells, pixels.
        cell: Cell of each dot.
        reach: Least and largest distance relative to the outline; places fill the ring evenly.
    """
    angle = rng.integers(0, ANGLES, len(cell))
    low, high = reach
    relative = np.sqrt(rng.uniform(low**2, high**2, len(cell)))
    radius = relative * outlines[cell, angle]
    theta = angle * (2 * np.pi / ANGLES)
    return centres + radius[:, None] * np.column_stack([np.sin(theta), np.cos(theta)])


def dotted(places: Float[np.ndarray, "k 2"], phase: F, width: float, size: int) -> Map:
    """Return the phase of round dots.

    Args:
        places: Row and column of each dot, pixels; those outside the field are left out.
        phase: At the middle of each dot, radians.
        width: Standard deviation of a dot, pixels.
        size: Side of the field.
    """
    at = np.rint(places).astype(np.int64)
    inside = ((at >= 0) & (at < size)).all(axis=1)
    width = max(width, 0.4)
    weight = phase[inside] * (2 * np.pi * width**2)
    flat = np.bincount(at[inside, 0] * size + at[inside, 1], weight, minlength=size * size)
    points = flat.reshape(size, size).astype(np.float32)
    found: Map = ndimage.gaussian_filter(points, width, mode="constant", truncate=3.0)
    return found
