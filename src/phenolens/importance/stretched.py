"""Stretched: pixels in [0, 1] as a picture of a page, always with the same contrast."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

SIDE = 224  # pixels of a picture


def stretched(light: Float[np.ndarray, "c h w"]) -> UInt8[np.ndarray, "c k l"]:
    """Return the square root of the light, from 0 to 255; of large images the first 224 pixels."""
    made: UInt8[np.ndarray, "c k l"] = np.rint(np.sqrt(light[:, :SIDE, :SIDE]) * 255).astype(
        np.uint8
    )
    return made
