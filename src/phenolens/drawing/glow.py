"""Glow: a map as light, dark where it is 0."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8


def glow(maps: Float[np.ndarray, "h w"], top: float) -> UInt8[np.ndarray, "h w 3"]:
    """Return a map as an image: black at 0, then red, orange, yellow, white from `top` on.

    Lightness rises all the way, so that it can be read without colours.

    Args:
        maps: Not negative.
        top: The value that is white; the same for maps that are compared.
    """
    share = np.clip(maps.astype(np.float64) / max(top, 1e-12), 0, 1)[..., None]
    made: UInt8[np.ndarray, "h w 3"] = np.rint(
        255 * np.clip(share * [2.6, 1.6, 1.6] - [0.0, 0.35, 0.6], 0, 1)
    ).astype(np.uint8)
    return made
