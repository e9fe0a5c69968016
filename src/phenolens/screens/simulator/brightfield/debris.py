"""Bits on the ground over time: those of the start, and those of cells that died."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from phenolens.screens.simulator.brightfield.dots import dotted
from phenolens.screens.simulator.brightfield.phase import BIT
from phenolens.screens.simulator.drift import REST
from phenolens.screens.simulator.moment import Moment
from phenolens.screens.simulator.per_cell import Draw, normals, uniforms


def debris(
    rng: np.random.Generator, now: Moment, density: float, size: int, pixel_size: float
) -> Float32[np.ndarray, "h w"]:
    """Return the phase of the bits of a field, in radians.

    Args:
        rng: Stream of the field, the same at every hour.
        now: The field at an hour.
        density: Bits per 10,000 square micrometres that come from no cell of the field.
        size: Side of the field in pixels.
        pixel_size: Micrometres per pixel.
    """
    count = int(rng.poisson(density * now.side**2 / 1e4))
    there = rng.random(count) < REST + (1 - REST) * np.clip((now.hour + 24) / 96, 0, 1)
    first = rng.uniform(0, now.side, (count, 2))[there]
    around = np.concatenate([first, now.bits])[:, None] / pixel_size
    # The shape of a bit follows from its place, so that it looks the same in the next frame.
    row, column = np.rint(around[:, 0] * 16).astype(np.uint64).T
    key = row * np.uint64(1 << 24) + column
    scatter = normals(key, Draw.SIZE, 8).reshape(-1, 4, 2) * (1.6 / pixel_size)
    phase = -BIT[1] * np.log(uniforms(key, Draw.DEATH, 4)).ravel()
    return dotted((around + scatter).reshape(-1, 2), phase, BIT[0] / pixel_size, size)
