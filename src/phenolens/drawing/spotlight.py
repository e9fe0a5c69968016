"""Spotlights: an image that is bright where a map is high, and dim elsewhere."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from phenolens.drawing.png import data_uri
from phenolens.drawing.thumbnails import composite

_DIM = 0.18  # brightness that is left where the map is 0


def spotlight(
    image: UInt8[np.ndarray, "c h w"], maps: Float[np.ndarray, "a b"], colours: tuple[str, ...]
) -> str:
    """Return an image as a `data:` address, each patch as bright as its place in the map.

    Full brightness is the map's 95th percentile; brightness, not hue, so that everybody sees it.

    Args:
        image: Contrast-stretched channels.
        maps: One value per patch, not negative.
        colours: One per channel.
    """
    rgb = composite(image, colours)
    rows = np.arange(rgb.shape[0]) * maps.shape[0] // rgb.shape[0]
    columns = np.arange(rgb.shape[1]) * maps.shape[1] // rgb.shape[1]
    top = max(float(np.percentile(maps, 95)), 1e-12)
    share = np.clip(maps.astype(np.float64) / top, 0, 1)[np.ix_(rows, columns)]
    lit = rgb * (_DIM + (1 - _DIM) * share[..., None])
    return data_uri(np.rint(lit).astype(np.uint8) & 0xFC)
