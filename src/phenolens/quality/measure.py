"""What is measured of every channel of every image, without a look at the others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from jaxtyping import Real
from scipy import ndimage

from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen, UnreadableImage
from phenolens.quality.focus import power_slope, sharpness
from phenolens.shading.blocks import spread

MEASURES = (
    "mean",
    "sharpness",
    "power_slope",
    "highest",
    "at_highest",
    "contrast",
    "brightest",
    "spread",
)
_BLUR = 3.0  # pixels: what is wider is not camera noise
_NORMAL = 1.4826  # median absolute deviation to standard deviation, of a normal distribution


def measure_channel(image: Real[np.ndarray, "h w"]) -> tuple[float, ...]:
    """Return the measures of one channel of an image, in the order of `MEASURES`.

    mean: of the counts. sharpness, power_slope: see `quality.focus`. highest, at_highest: the
    highest count and the part of the pixels that have it. contrast: sd of the image after a
    Gaussian of 3 pixels, in sd of the camera noise (from differences of neighbours); 0.1 for noise
    alone. brightest: light of the brightest object: counts above the ground, summed over what is
    connected to the brightest place and brighter than half of it. spread: unevenness,
    `shading.blocks.spread`; NaN for images below 4 x 4 pixels.
    """
    real = image.astype(np.float32)
    highest = float(real.max())
    smooth = ndimage.gaussian_filter(real, _BLUR)
    step = np.abs(np.diff(real, axis=1))
    noise = float(np.median(step)) * _NORMAL / np.sqrt(2)
    sd = float(smooth.std())
    return (
        float(real.mean()),
        sharpness(image),
        power_slope(image),
        highest,
        float((real == highest).mean()),
        sd / noise if noise > 0 else (np.inf if sd > 0 else 0.0),
        _brightest(smooth),
        spread(real) if min(real.shape) >= 4 else np.nan,
    )


def measure(
    screen: Screen, threads: int = 2, progress: Progress = uncounted, chunk: int = 8
) -> pd.DataFrame:
    """Return one row per image and channel: `image` (its row), `channel` and the measures.

    Reads every image once, a few at a time. Images that cannot be read have missing values where
    the screen may leave them out.

    Args:
        screen: What to look at.
        threads: Images that are measured in parallel.
        progress: Called with (images done, images in all).
        chunk: Images read at a time.

    Raises:
        InputError: An image cannot be read.
    """
    rows: list[tuple[object, ...]] = []
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(screen), chunk):
            numbers = range(first, min(first + chunk, len(screen)))
            for found in pool.map(lambda row: list(_of_image(screen, row)), numbers):
                rows += found
            progress(numbers.stop, len(screen))
    return pd.DataFrame(rows, columns=["image", "channel", *MEASURES])


def _of_image(screen: Screen, row: int) -> Iterator[tuple[object, ...]]:
    try:
        image = screen.read(np.array([row]))[0]
    except UnreadableImage:
        if screen.left_out is None:
            raise
        for channel in screen.channels:
            yield row, channel, *([np.nan] * len(MEASURES))
        return
    for channel, plane in zip(screen.channels, image, strict=True):
        yield row, channel, *measure_channel(plane)


def _brightest(smooth: Real[np.ndarray, "h w"]) -> float:
    ground = float(np.median(smooth))
    place = np.unravel_index(int(np.argmax(smooth)), smooth.shape)
    labels, _ = ndimage.label(smooth - ground > (float(smooth[place]) - ground) / 2)
    if not labels[place]:
        return 0.0
    return float((smooth[labels == labels[place]] - ground).sum())
