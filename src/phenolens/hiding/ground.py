"""Ground: where no cell is, and cells painted over with it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy import ndimage

_LEAST = 64  # pixels of ground from which an image can be painted
_BLUR = 1.5  # pixels: noise does not decide which pixels are dark


def ground_of(
    pixels: Float32[np.ndarray, "c h w"], hide: Bool[np.ndarray, "h w"], margin: int
) -> Bool[np.ndarray, "h w"]:
    """Return the darker half of what is further than `margin` pixels from every cell.

    The brighter half has the edges that thresholds miss. Where hardly any pixel is so far away, it
    is the darkest twentieth of the image.

    Args:
        pixels: One image, any scale.
        hide: Where cells are.
        margin: In pixels.
    """
    away = ~(ndimage.binary_dilation(hide, iterations=margin) if margin else hide)
    smooth = np.stack([ndimage.gaussian_filter(one, _BLUR) for one in pixels])
    spread = smooth.std(axis=(1, 2), keepdims=True)
    light = (smooth / np.where(spread > 0, spread, 1)).mean(axis=0)
    if away.sum() < _LEAST:
        return np.asarray(light <= np.quantile(light, 0.05))
    return np.asarray(away & (light <= np.median(light[away])))


def painted(
    pixels: Float32[np.ndarray, "c h w"],
    ground: Bool[np.ndarray, "h w"],
    noise: Float64[np.ndarray, " c"],
    rng: np.random.Generator,
) -> Float32[np.ndarray, "c h w"]:
    """Return an image of the background alone: its level in this image, and noise.

    The level is the mean of the ground. The noise has the same spread in every image of a plate.
    Nothing else stays: what is kept of the ground itself, or of its slope, is known the less well
    the more cells there are, and so gives their number away.

    Args:
        pixels: One image, any scale.
        ground: As `ground_of`.
        noise: Standard deviation of each channel's noise.
        rng: Of the noise.
    """
    level = pixels[:, ground].mean(axis=1, dtype=np.float64)
    spots = noise[:, None, None] * rng.standard_normal(pixels.shape)
    return np.asarray(level[:, None, None] + spots, dtype=np.float32)


def noise_of(
    pixels: Float32[np.ndarray, "c h w"], ground: Bool[np.ndarray, "h w"]
) -> Float64[np.ndarray, " c"]:
    """Return the standard deviation of each channel's noise on the ground, from neighbours.

    That of the difference of pixels next to each other, over the root of 2 (by the median of its
    size, so that edges do not count); NaN where no two ground pixels are neighbours.
    """
    both = ground[:, 1:] & ground[:, :-1]
    if not both.any():
        return np.full(len(pixels), np.nan)
    steps = np.abs(np.diff(pixels, axis=2)[:, both])
    return np.asarray(np.median(steps, axis=1) / 0.6745 / np.sqrt(2), dtype=np.float64)
