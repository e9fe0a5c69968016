"""Outlines of many cells at once, in polar form: radius at each of `ANGLES` angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64

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
    return waves(rng.standard_normal((2, n, last - 1)), amplitude)


def waves(chance: Float[np.ndarray, "2 n k"], amplitude: float) -> Outlines:
    """Return factors around 1 from standard normal numbers, two for each harmonic from 2 on."""
    order = np.arange(2, chance.shape[2] + 2)
    a, b = (chance / order**0.75).astype(np.float32)
    theta = order[:, None].astype(np.float32) * THETA
    factor = 1 + np.float32(amplitude) * (a @ np.cos(theta) + b @ np.sin(theta))
    found: Outlines = np.clip(factor, 0.35, 2.2, dtype=np.float32)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """The processes of cells: three to six each, the first two along the long axis.

    Attributes:
        count: Of each cell.
        angle: Of each one but the first two, radians, evenly spread but for some noise.
        off: By how much the first two differ from the long axis, radians.
        length: Relative to the mean; of `MOST_CORNERS` the first `count` exist.
    """

    count: Int64[np.ndarray, " n"]
    angle: Float[np.ndarray, "n c"]
    off: Float[np.ndarray, "n 2"]
    length: Float[np.ndarray, "n c"]

    @classmethod
    def spaced(
        cls,
        count: Int64[np.ndarray, " n"],
        first: Float[np.ndarray, "n 1"],
        noise: Float[np.ndarray, "n c"],
        off: Float[np.ndarray, "n 2"],
        length: Float[np.ndarray, "n c"],
    ) -> Corners:
        """Return corners whose angles are evenly spaced from a first one, up to some noise."""
        step = 2 * np.pi / count[:, None]
        return cls(count, first + step * (np.arange(MOST_CORNERS) + noise), off, length)


def processes(rng: np.random.Generator, axis: F, length: float) -> Outlines:
    """Return factors of at least 1: the corners and processes by which cells hold on.

    Args:
        rng: Stream of this image.
        axis: Direction of the long axis, radians.
        length: Mean length relative to the cell.
    """
    n = len(axis)
    count = rng.integers(3, MOST_CORNERS + 1, n)
    first = rng.uniform(0, 2 * np.pi, (n, 1))
    noise = rng.normal(0, 0.2, (n, MOST_CORNERS))
    off = rng.normal(0, 0.25, (n, 2))
    corners = Corners.spaced(count, first, noise, off, rng.gamma(3.0, 1 / 3, (n, MOST_CORNERS)))
    return reaching(corners, axis, length)


def reaching(corners: Corners, axis: F, length: float) -> Outlines:
    """Return factors of at least 1: cells with these processes.

    Between them the edge is drawn in, as that of a spread cell is. The longer the thinner.

    Args:
        corners: Of each cell.
        axis: Direction of the long axis, radians.
        length: Mean length relative to the cell.
    """
    at = corners.angle.copy()
    at[:, :2] = axis[:, None] + np.array([0, np.pi]) + corners.off
    reach = (length * corners.length).astype(np.float32)
    width = np.float32(0.34) / (1 + np.float32(1.2) * reach)
    highest = np.zeros((len(axis), ANGLES), dtype=np.float32)
    for number in range(MOST_CORNERS):  # one after the other: the arrays stay in the cache
        some = np.flatnonzero(corners.count > number)
        turn = (THETA - at[some, number, None].astype(np.float32)) % np.float32(2 * np.pi)
        away = np.minimum(turn, np.float32(2 * np.pi) - turn)
        away = np.sqrt(away * away + np.float32(TIP**2)) - np.float32(TIP)
        tip = reach[some, number, None] * np.exp(-away / width[some, number, None])
        highest[some] = np.maximum(highest[some], tip)
    found: Outlines = 1 + highest
    return found
