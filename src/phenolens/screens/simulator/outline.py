"""Closed outlines in polar form, and quick tests of which pixels are inside."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32, Int16

ANGLES = 96
Outline = Float32[np.ndarray, " angle"]


def ellipse(area: float, elongation: float, axis: float) -> Outline:
    """Return the radius at each angle of an ellipse of this area, in the unit of sqrt(area)."""
    theta = _angles() - axis
    long = np.sqrt(area * elongation / np.pi)
    short = long / elongation
    radius: Outline = (
        long * short / np.sqrt((short * np.cos(theta)) ** 2 + (long * np.sin(theta)) ** 2)
    ).astype(np.float32)
    return radius


def wobble(rng: np.random.Generator, amplitude: float, first: int = 2, last: int = 6) -> Outline:
    """Return a factor around 1 at each angle: a random outline of the given harmonics."""
    order = np.arange(first, last + 1)
    a, b = rng.standard_normal((2, len(order))) / order**0.75
    theta = order[:, None] * _angles()
    factor = 1 + amplitude * (a @ np.cos(theta) + b @ np.sin(theta))
    clipped: Outline = np.clip(factor, 0.35, 2.2).astype(np.float32)
    return clipped


def corners(rng: np.random.Generator, length: float, axis: float) -> Outline:
    """Return a factor of at least 1 at each angle: the corners by which a cell holds on.

    Three to six of them; between corners the edge is drawn in, as that of a spread cell is. The
    first two are along the long axis; the longer they are the thinner.
    """
    count = int(rng.integers(3, 7))
    at = rng.uniform(0, 2 * np.pi) + (np.arange(count) + rng.normal(0, 0.2, count)) * (
        2 * np.pi / count
    )
    at[:2] = axis + np.array([0, np.pi]) + rng.normal(0, 0.25, 2)
    away = np.abs(np.angle(np.exp(1j * (_angles()[None] - at[:, None]))))
    reach = length * rng.gamma(3.0, 1 / 3, count)[:, None]
    width = 0.32 / (1 + 2 * reach)
    factor: Outline = 1 + (reach * np.exp(-away / width)).max(axis=0)
    return factor.astype(np.float32)


@lru_cache(maxsize=32)
def window(
    half: int, angles: int = ANGLES
) -> tuple[Float32[np.ndarray, "w w"], Int16[np.ndarray, "w w"]]:
    """Return the distance to the centre and the index of the angle at each pixel of a window."""
    offset = np.arange(-half, half + 1, dtype=np.float32)
    distance = np.hypot(offset[:, None], offset[None])
    angle = np.arctan2(offset[:, None], offset[None]) % (2 * np.pi)
    index = np.round(angle / (2 * np.pi) * angles).astype(np.int16) % angles
    return distance, index


def _angles() -> Float[np.ndarray, " angle"]:
    return np.arange(ANGLES) * (2 * np.pi / ANGLES)


def relative_distance(
    outline: Outline, y: int, x: int, size: int
) -> tuple[tuple[slice, slice], Float32[np.ndarray, "h w"]]:
    """Return a window of the field and there the distance to (y, x) over that to the outline.

    Args:
        outline: Radius at each of any number of even angles, pixels.
        y: Row of the centre.
        x: Column of the centre.
        size: Side of the field.

    Returns:
        The window's slices in the field, and the relative distance: below 1 is inside.
    """
    half = int(np.ceil(float(outline.max()) * 1.1)) + 2
    half += -half % 8  # few different windows, so that they stay cached
    distance, index = window(half, len(outline))
    y, x = min(max(y, 0), size - 1), min(max(x, 0), size - 1)
    top, left = max(0, y - half), max(0, x - half)
    bottom, right = min(size, y + half + 1), min(size, x + half + 1)
    cut = (slice(top - y + half, bottom - y + half), slice(left - x + half, right - x + half))
    relative = distance[cut] * (np.float32(1) / outline)[index[cut]]
    return (slice(top, bottom), slice(left, right)), relative
