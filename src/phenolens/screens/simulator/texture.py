"""Tiles of smooth random texture, made once and then read at random offsets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from phenolens.screens.simulator.streams import Stream, stream

TILE = 1024
Tile = Float32[np.ndarray, "h w"]


def patch(rng: np.random.Generator, size: int, grain: float) -> Tile:
    """Return a (size, size) view of Gaussian texture: mean 0, variance 1, given grain in pixels."""
    tile = _tile(round(grain, 1))
    top, left = rng.integers(0, TILE - size + 1, 2) if size <= TILE else (0, 0)
    if size > TILE:
        repeat = -(-size // TILE)
        tile = np.tile(tile, (repeat, repeat))
    found = tile[top : top + size, left : left + size]
    flip = int(rng.integers(8))
    found = found.T if flip & 4 else found
    return found[:: -1 if flip & 1 else 1, :: -1 if flip & 2 else 1]


@lru_cache(maxsize=32)
def _tile(grain: float) -> Tile:
    """Return one periodic tile; a pure function of its grain."""
    white = stream(0, Stream.TEXTURE, round(10 * grain)).standard_normal((TILE, TILE), np.float32)
    smooth = ndimage.gaussian_filter(white, grain, mode="wrap")
    tile: Tile = (smooth / smooth.std()).astype(np.float32)
    tile.flags.writeable = False
    return tile
