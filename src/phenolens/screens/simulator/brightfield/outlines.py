"""Outlines of many cells at once, in polar form: radius at each of `ANGLES` angles."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

F = Float[np.ndarray, " n"]
Outlines = Float32[np.ndarray, "n angle"]
ANGLES = 240  # fine enough for the end of a long process
MOST_CORNERS = 6
TIP = 0.05  # radians: the end of a process is round
THETA = np.arange(ANGLES, dtype=np.float32) * np.float32(2 * np.pi / ANGLES)


def ellipses(area: F, elongation: F, axis: F) -> Outlines:
    """Return ellipses of these areas, in the unit of sqrt(area)."""
    long = np.sqrt(area * elongation / np.pi)[:, None]
    short = long / elongation[:, None]
    theta = THETA - axis[:, None].astype(np.float32)
    found: Outlines = (long * short / np.hypot(short * np.cos(theta), long * np.sin(theta))).astype(
        np.float32
    )
    return found


def wobbles(rng: np.random.Generator, n: int, amplitude: float, last: int = 6) -> Outlines:
    """Return factors around 1: random outlines of the harmonics 2 to `last`."""
    order = np.arange(2, last + 1)
    a, b = (rng.standard_normal((2, n, len(order))) / order**0.75).astype(np.float32)
    theta = order[:, None].astype(np.float32) * THETA
    factor = 1 + np.float32(amplitude) * (a @ np.cos(theta) + b @ np.sin(theta))
    found: Outlines = np.clip(factor, 0.35, 2.2, dtype=np.float32)
    return found


def processes(rng: np.random.Generator, axis: F, length: float) -> Outlines:
    """Return factors of at least 1: the corners and processes by which cells hold on.

    Three to six of them per cell, the first two along the long axis; between them the edge is
    drawn in, as that of a spread cell is. The longer the thinner.

    Args:
        rng: Stream of this image.
        axis: Direction of the long axis, radians.
        length: Mean length relative to the cell.
    """
    n = len(axis)
    count = rng.integers(3, MOST_CORNERS + 1, n)
    number = np.arange(MOST_CORNERS)
    step = 2 * np.pi / count[:, None]
    at = rng.uniform(0, 2 * np.pi, (n, 1)) + step * (number + rng.normal(0, 0.2, (n, MOST_CORNERS)))
    at[:, :2] = axis[:, None] + np.array([0, np.pi]) + rng.normal(0, 0.25, (n, 2))
    drawn = length * rng.gamma(3.0, 1 / 3, (n, MOST_CORNERS)) * (number < count[:, None])
    reach = drawn.astype(np.float32)[:, :, None]
    turn = (THETA - at[:, :, None].astype(np.float32)) % np.float32(2 * np.pi)
    away = np.minimum(turn, np.float32(2 * np.pi) - turn)
    width = np.float32(0.34) / (1 + np.float32(1.2) * reach)
    away = np.sqrt(away * away + np.float32(TIP**2)) - np.float32(TIP)
    found: Outlines = 1 + (reach * np.exp(-away / width)).max(axis=1)
    return found
