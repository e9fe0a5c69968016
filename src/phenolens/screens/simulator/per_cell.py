"""Random numbers that belong to a cell: the same in every frame in which the cell is seen.

A generator gives numbers in the order in which they are drawn, so one cell more would change those
of all others. Here a number is a hash of the cell, what is drawn, and its place: a frame needs no
frame before it. The hash is the finalizer of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA).
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import numpy as np
from jaxtyping import Float64, UInt64
from scipy import special

Cells = UInt64[np.ndarray, " n"]
Numbers = Float64[np.ndarray, "n k"]
_EVEN = (np.arange(4096) + 0.5) / 4096
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Draw(IntEnum):
    """What is drawn for a cell: no two things share numbers."""

    CYCLE = 1
    DEATH = 2
    STAY = 3
    SIDE = 4
    MOTION = 5
    STATE = 6
    SIZE = 7
    SHAPE = 8
    CORNERS = 9
    AXIS = 10
    BITS = 11
    OUTLINE = 12
    NUCLEUS = 13


def uniforms(cells: Cells, draw: Draw, count: int) -> Numbers:
    """Return numbers evenly spread over (0, 1), `count` per cell."""
    place = np.arange(count, dtype=np.uint64) + np.uint64(int(draw) << 32)
    bits = _mixed(_mixed(cells)[:, None] + place * _GOLDEN)
    found: Numbers = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return found


def normals(cells: Cells, draw: Draw, count: int) -> Numbers:
    """Return standard normal numbers, `count` per cell."""
    found: Numbers = special.ndtri(uniforms(cells, draw, count))
    return found


def gammas(chance: np.ndarray, shape: float) -> np.ndarray:
    """Return gamma numbers of mean 1 from evenly spread ones, by a table of their quantiles.

    Args:
        chance: In (0, 1), of any shape.
        shape: Of the distribution; its standard deviation is 1 / sqrt(shape).
    """
    found: np.ndarray = np.interp(chance, _EVEN, _quantiles(shape))
    return found


@lru_cache(maxsize=8)
def _quantiles(shape: float) -> Float64[np.ndarray, " q"]:
    found: Float64[np.ndarray, " q"] = special.gammaincinv(shape, _EVEN) / shape
    return found


def daughters(cells: Cells) -> tuple[Cells, Cells]:
    """Return the two cells that each of these divides into."""
    return _mixed(cells + _GOLDEN), _mixed(cells + _GOLDEN + _GOLDEN)


def generator(cell: int, draw: Draw) -> np.random.Generator:
    """Return a generator of one cell, for what is drawn cell by cell."""
    return np.random.Generator(np.random.SFC64([int(draw), int(cell)]))


def _mixed(bits: np.ndarray) -> np.ndarray:
    """Return integers that share no pattern with these."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = bits ^ (bits >> np.uint64(31))
    return mixed
