"""Compartments: which pixels are nucleus, cytoplasm and background."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8, UInt16
from scipy import ndimage

from phenolens.masks.foreground import foreground, nuclear_channel, otsu

NAMES = ("background", "cytoplasm", "nucleus")
BACKGROUND, CYTOPLASM, NUCLEUS = range(3)
_BLUR = 3.0  # pixels: fibres and spots become the cell that they are in


def compartments(
    image: UInt16[np.ndarray, "c h w"], channels: tuple[str, ...]
) -> UInt8[np.ndarray, "h w"]:
    """Return the compartment of every pixel: its place in `NAMES`.

    Nuclei are the foreground of the channel that stains them. Cytoplasm is what the other channels
    stain: Otsu's threshold on the mean of their log counts, each scaled to its own range, smoothed;
    with what nuclei cover filled in. A screen of nuclei alone has no cytoplasm. Classical on
    purpose: it needs no training that could favour a model.

    Args:
        image: Raw counts of one image.
        channels: Their names.
    """
    nuclear = channels.index(nuclear_channel(channels))
    made = np.zeros(image.shape[1:], dtype=np.uint8)
    others = [i for i in range(len(channels)) if i != nuclear]
    if others:
        light = np.mean([_scaled(image[i]) for i in others], axis=0)
        cells = light > np.log1p(otsu(np.expm1(light)))
        made[ndimage.binary_fill_holes(cells)] = CYTOPLASM
    made[foreground(image[nuclear])] = NUCLEUS
    return made


def _scaled(channel: UInt16[np.ndarray, "h w"]) -> np.ndarray:
    """Return smoothed log counts between their 1st and 99th percentile as 0 to 1."""
    log = ndimage.gaussian_filter(np.log1p(channel.astype(np.float32)), _BLUR)
    low, high = np.percentile(log, [1, 99])
    return np.asarray((log - low) / max(high - low, 1e-6)).clip(0, 1)
