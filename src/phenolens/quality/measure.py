"""What is measured of one channel of an image, without a look at the others."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Real
from scipy import ndimage

from phenolens.quality.focus import sharpness
from phenolens.shading.blocks import spread
from phenolens.statistics.median import MAD_TO_SD

MEASURES = (
    "mean",
    "sharpness",
    "highest",
    "at_highest",
    "contrast",
    "brightest",
    "spread",
)
_SMALL, _NOISE_ROWS = 256, 64  # larger fields are binned to about this side; rows for the noise
_BLUR = 3.0  # pixels: what is wider is not camera noise


def measure_channel(image: Real[np.ndarray, "h w"]) -> tuple[float, ...]:
    """Return the measures of one channel of an image, in the order of `MEASURES`.

    mean: of the counts. sharpness: see `quality.focus`. highest, at_highest: the
    highest count and the part of the pixels that have it. contrast: sd of the image after a
    Gaussian of 3 pixels, in sd of the camera noise (from differences of neighbours); 0.1 for noise
    alone. brightest: light of the brightest object: counts above the ground, summed over what is
    connected to the brightest place and brighter than half of it. Fields of 512 pixels or more are
    binned first where what is measured is wider than the bins. spread: unevenness,
    `shading.blocks.spread`; NaN for images below 4 x 4 pixels.
    """
    side = min(8, max(1, min(image.shape) // _SMALL))
    small = binned(image, side)
    blur = np.sqrt(_BLUR**2 - (side**2 - 1) / 12) / side  # what the mean over bins has not blurred
    smooth = ndimage.gaussian_filter(small, blur)
    noise = _median_step(image[:: max(1, len(image) // _NOISE_ROWS)]) * MAD_TO_SD / np.sqrt(2)
    mean = float(image.mean(dtype=np.float64))
    sd = float(smooth.std())
    highest = float(image.max())
    return (
        mean,
        sharpness(image, mean),
        highest,
        float(np.count_nonzero(image == highest) / image.size),
        sd / noise if noise > 0 else (np.inf if sd > 0 else 0.0),
        _brightest(smooth) * side**2,
        spread(small) if min(small.shape) >= 4 else np.nan,
    )


def binned(image: Real[np.ndarray, "h w"], side: int) -> Float32[np.ndarray, "h2 w2"]:
    """Return the means of squares of `side` pixels; what is left over at the far rim is cut off."""
    height, width = (length // side * side for length in image.shape)
    rows = np.zeros((height // side, width), dtype=np.float32)
    for offset in range(side):
        rows += image[offset:height:side, :width]
    made = np.zeros((height // side, width // side), dtype=np.float32)
    for offset in range(side):
        made += rows[:, offset::side]
    return made / np.float32(side**2)


def _median_step(rows: Real[np.ndarray, "k w"]) -> float:
    """Return the median difference of neighbours in a row, its sign left out."""
    if rows.dtype != np.uint16:
        return float(np.median(np.abs(np.diff(rows.astype(np.float32), axis=1))))
    steps = np.abs(np.diff(rows.astype(np.int32), axis=1)).ravel()
    if not len(steps):
        return float("nan")
    upto = np.cumsum(np.bincount(steps))  # counts are few numbers: quicker than to sort
    middle = np.searchsorted(upto, [(len(steps) - 1) // 2, len(steps) // 2], side="right")
    return float(middle.mean())


def _brightest(smooth: Real[np.ndarray, "h w"]) -> float:
    ground = float(np.median(smooth))
    place = np.unravel_index(int(np.argmax(smooth)), smooth.shape)
    labels, _ = ndimage.label(smooth - ground > (float(smooth[place]) - ground) / 2)
    if not labels[place]:
        return 0.0
    return float((smooth[labels == labels[place]] - ground).sum())
