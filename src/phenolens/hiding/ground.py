"""Ground: cells are painted over with the background that is around them, noise included."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

_LEAST = 64  # pixels of ground from which an image can be painted
_REACH = 4.0  # of the Gaussian, in its standard deviations


def painted(
    pixels: Float32[np.ndarray, "c h w"],
    hide: Bool[np.ndarray, "h w"],
    rng: np.random.Generator,
    *,
    margin: int = 6,
    smooth: float = 12.0,
) -> Float32[np.ndarray, "c h w"]:
    """Return an image whose cells are covered by background.

    What is hidden gets the local mean of the ground (a Gaussian over ground pixels alone) and the
    deviation of a ground pixel drawn at random, the same one in all channels. So the level of the
    background, its slope and its noise stay, and no outline of a cell does. Where there is hardly
    any ground, the darkest twentieth of the image counts as such.

    Args:
        pixels: One image, any scale.
        hide: Where cells are.
        rng: Of the draw of pixels.
        margin: Pixels around cells that are hidden too: their blurred edges.
        smooth: Standard deviation of the Gaussian, in pixels.
    """
    if not hide.any():
        return pixels
    hidden = ndimage.binary_dilation(hide, iterations=margin) if margin else hide
    ground = ~hidden
    if ground.sum() < _LEAST:
        light = pixels.sum(axis=0)
        ground = light <= np.quantile(light, 0.05)
        hidden = ~ground
    weight = ndimage.gaussian_filter(ground.astype(np.float32), smooth, truncate=_REACH)
    donor = rng.choice(np.flatnonzero(ground.ravel()), size=int(hidden.sum()))
    made = pixels.copy()
    for channel in range(len(pixels)):
        light = np.where(ground, pixels[channel], 0).astype(np.float32)
        usual = np.float32(pixels[channel][ground].mean())
        seen = ndimage.gaussian_filter(light, smooth, truncate=_REACH)
        # Far from any ground the mean of the whole image's ground takes over.
        local = (seen + 1e-3 * usual) / (weight + 1e-3)
        noise = (pixels[channel] - local).ravel()[donor]
        made[channel][hidden] = local[hidden] + noise
    return made
