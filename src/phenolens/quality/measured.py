"""What is measured of every channel of every image of a screen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen, UnreadableImage
from phenolens.quality.focus import power_slope
from phenolens.quality.measure import MEASURES, measure_channel
from phenolens.quality.records import kept_records, table_of


def measure(
    screen: Screen,
    threads: int = 2,
    progress: Progress = uncounted,
    chunk: int = 8,
    *,
    slopes: bool = False,
) -> pd.DataFrame:
    """Return one row per image and channel: `image` (its row), `channel` and the measures.

    A store that was measured while it was written (`records`) reads no image; else every image is
    read once, a few at a time. Images that cannot be read have missing values where the screen may
    leave them out.

    Args:
        screen: What to look at.
        threads: Images that are measured in parallel.
        progress: Called with (images done, images in all).
        chunk: Images read at a time.
        slopes: Adds the column `power_slope` (`quality.focus`): no flag needs it, and the Fourier
            transform of every channel is slow.

    Raises:
        InputError: An image cannot be read.
    """
    known = None if slopes else kept_records(screen, np.arange(len(screen)))
    if known is not None:
        return table_of(known, screen.channels)[["image", "channel", *MEASURES]]
    rows: list[tuple[object, ...]] = []
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(screen), chunk):
            numbers = range(first, min(first + chunk, len(screen)))
            for found in pool.map(lambda row: list(_of_image(screen, row, slopes=slopes)), numbers):
                rows += found
            progress(numbers.stop, len(screen))
    return pd.DataFrame(rows, columns=["image", "channel", *_columns(slopes=slopes)])


def _columns(*, slopes: bool) -> tuple[str, ...]:
    return (*MEASURES, "power_slope") if slopes else MEASURES


def _of_image(screen: Screen, row: int, *, slopes: bool) -> Iterator[tuple[object, ...]]:
    try:
        image = screen.read(np.array([row]))[0]
    except UnreadableImage:
        if screen.left_out is None:
            raise
        for channel in screen.channels:
            yield row, channel, *([np.nan] * len(_columns(slopes=slopes)))
        return
    for channel, plane in zip(screen.channels, image, strict=True):
        slope = (power_slope(plane),) if slopes else ()
        yield row, channel, *measure_channel(plane), *slope
