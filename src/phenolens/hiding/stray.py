"""Stray light: what cells throw over the background around them, fitted in the controls.

A lens spreads a part of every cell's light over tens of micrometres. So the background of a field
with bright cells is bright, without any fault of the screen. Light adds up, so the stray light at a
pixel is a sum of the light of cells, blurred: its weights are found in the controls and hold for
every image. They are found from differences within images: a lamp that is brighter in one image
than in another makes background and cells brighter together, which is not stray light.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy import ndimage
from scipy.optimize import nnls

WIDTHS = (4.0, 12.0, 36.0)  # standard deviations of the blurs, in pixels
_REACH = 3.0
_PIXELS = 400  # of the ground of each image that the weights are found from


@dataclass(frozen=True, slots=True, eq=False)
class Stray:
    """Stray light of one plate's microscope.

    Attributes:
        level: Of the background without any cell, by channel.
        weights: Of the cells' light at each blur, by channel; none is negative.
    """

    level: Float64[np.ndarray, " c"]
    weights: Float64[np.ndarray, "c b"]

    @classmethod
    def of(
        cls, images: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]], rng: np.random.Generator
    ) -> Stray:
        """Return the stray light that explains the ground of these images best (least squares).

        Args:
            images: Of each its pixels (c, h, w), where cells are (h, w), and its ground (h, w).
            rng: Of the draw of pixels.
        """
        seen: list[np.ndarray] = []
        spread: list[np.ndarray] = []
        for pixels, hide, ground in images:
            at = np.flatnonzero(ground.ravel())
            at = rng.choice(at, size=min(_PIXELS, len(at)), replace=False)
            seen.append(pixels.reshape(len(pixels), -1)[:, at])
            blurred = _blurred(pixels, hide, seen[-1].min(axis=1))
            spread.append(blurred.reshape(*blurred.shape[:2], -1)[:, :, at])
        means = [one.mean(axis=1, dtype=np.float64) for one in seen]
        values = np.concatenate([v - m[:, None] for v, m in zip(seen, means, strict=True)], axis=1)
        light = np.concatenate([one - one.mean(axis=2, keepdims=True) for one in spread], axis=2)
        weights = np.stack([nnls(x.T, y)[0] for x, y in zip(light, values, strict=True)])
        lit = [(weights * one.mean(axis=2)).sum(axis=1) for one in spread]
        level = np.mean([m - part for m, part in zip(means, lit, strict=True)], axis=0)
        return cls(level, weights)

    def without(
        self, pixels: Float32[np.ndarray, "c h w"], hide: Bool[np.ndarray, "h w"]
    ) -> Float32[np.ndarray, "c h w"]:
        """Return an image without the stray light of its cells.

        Args:
            pixels: On the scale of those that the weights were found from.
            hide: Where cells are.
        """
        blurred = _blurred(pixels, hide, self.level)
        taken = (self.weights[:, :, None, None] * blurred).sum(axis=1)
        return np.asarray(pixels - taken, dtype=np.float32)


def _blurred(
    pixels: Float32[np.ndarray, "c h w"],
    hide: Bool[np.ndarray, "h w"],
    level: np.ndarray,
) -> Float64[np.ndarray, "c b h w"]:
    """Return the light of cells above a level, at each blur, and its mean over the image."""
    light = np.where(hide, np.maximum(pixels - level[:, None, None], 0), 0).astype(np.float64)
    made = [
        np.stack([ndimage.gaussian_filter(one, width, truncate=_REACH) for one in light])
        for width in WIDTHS
    ]
    return np.stack(made, axis=1)
