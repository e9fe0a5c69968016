"""One pass over the pixels of a screen: what its flags need to know of each image."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float32, Int64, Shaped, UInt16

from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen, UnreadableImage
from phenolens.quality.measure import MEASURES, measure_channel
from phenolens.shading.blocks import means

_BUDGET = 4e9  # pixels of all channels that are looked at; of a larger screen, fewer of each well
_COMPARED = 256  # pixels along a side, at which channels are compared
_SIDE = 96  # pixels of the longer side of a small picture
_CHUNK = 8  # images read at a time
_ALL = ("image", "channel", "lowest", "plane", *MEASURES)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What was seen of the images of a screen.

    Attributes:
        rows: Rows of the screen that were looked at: all, or some of each well.
        channels: Their names.
        meta: Of these rows, 0..n-1.
        measures: One row per image and channel: `image` (0..n-1, its place in `rows`), `channel`,
            `lowest` (the smallest count), `plane` (a hash of the pixels), and the measures of
            `quality.measure`. Images that cannot be read are not in it.
        alike: Correlation of the pixels of two channels of an image; NaN where one is constant.
        small: Mean counts of blocks: small pictures.
        of: Images that the screen has.
        size: (height, width) of an image in pixels.
    """

    rows: Int64[np.ndarray, " n"]
    channels: tuple[str, ...]
    meta: pd.DataFrame
    measures: pd.DataFrame
    alike: Float32[np.ndarray, "n c c"]
    small: UInt16[np.ndarray, "n c h w"]
    of: int
    size: tuple[int, int]

    @property
    def plates(self) -> pd.Series:
        """The plate of every image."""
        return self.meta["plate"].astype(str)

    def table(self, name: str) -> Shaped[np.ndarray, "n c"]:
        """Return one measure of every image and channel; missing where it cannot be read."""
        one = self.measures.pivot_table(
            index="image", columns="channel", values=name, observed=True, dropna=False
        )
        return one.reindex(index=range(len(self.rows)), columns=list(self.channels)).to_numpy()


def look(screen: Screen, threads: int = 2, progress: Progress = uncounted) -> Looks:
    """Return what is seen of the images of a screen, read once.

    Of a screen of more than 4e9 pixels a few images of each well are read, spread evenly over its
    rows, and one at least.

    Args:
        screen: A finished pixel store, or any screen.
        threads: Images that are read in parallel.
        progress: Called with (images done, images in all).

    Raises:
        InputError: An image cannot be read, and the screen does not leave such images out.
    """
    rows = _chosen(screen)
    count, c = len(rows), len(screen.channels)
    some = screen.take(rows)
    step = max(1, -(-max(screen.size) // _SIDE))
    height, width = (max(1, side // step) for side in screen.size)
    alike = np.full((count, c, c), np.nan, dtype=np.float32)
    small = np.zeros((count, c, height, width), dtype=np.uint16)
    made: list[tuple[object, ...]] = []

    def one(row: int) -> list[tuple[object, ...]]:
        try:
            image = some.read(np.array([row]))[0]
        except UnreadableImage:
            if some.left_out is None:
                raise
            return []
        alike[row] = _alike(image)
        small[row] = [np.rint(means(plane, step)) for plane in image]
        return [(row, *each) for each in _of_channels(screen.channels, image)]

    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, count, _CHUNK):
            part = range(first, min(first + _CHUNK, count))
            for found in pool.map(one, part):
                made += found
            progress(part.stop, count)
    measures = pd.DataFrame(made, columns=list(_ALL))
    return Looks(rows, screen.channels, some.meta, measures, alike, small, len(screen), screen.size)


def _chosen(screen: Screen) -> Int64[np.ndarray, " n"]:
    each = len(screen.channels) * int(np.prod(screen.size))
    if len(screen) * each <= _BUDGET:
        return np.arange(len(screen))
    wells = screen.meta.groupby(["plate", "well"], sort=False, observed=True)
    most = max(1, int(_BUDGET / each / wells.ngroups))
    spread = [
        rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]
        for rows in wells.indices.values()
    ]
    return np.sort(np.concatenate(spread)).astype(np.int64)


def _alike(image: UInt16[np.ndarray, "c h w"]) -> Float32[np.ndarray, "c c"]:
    """Return the correlations of channels, on every k-th pixel: camera noise counts."""
    skip = [max(1, side // _COMPARED) for side in image.shape[1:]]
    pixels = image[:, :: skip[0], :: skip[1]].reshape(len(image), -1).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    sd = np.sqrt((pixels**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((pixels @ pixels.T) / np.outer(sd, sd)).astype(np.float32)


def _of_channels(
    channels: tuple[str, ...], image: UInt16[np.ndarray, "c h w"]
) -> Iterator[tuple[object, ...]]:
    for name, plane in zip(channels, image, strict=True):
        yield name, int(plane.min()), zlib.crc32(plane.tobytes()), *measure_channel(plane)
