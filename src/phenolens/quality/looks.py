"""What the flags of a screen need to know of each image, from its store or in one pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float32, Int64, Shaped, UInt16

from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen, UnreadableImage
from phenolens.quality.records import QualityRecords, kept_records, table_of

_PIXELS = 4e9  # of all channels that are read; of a larger screen, fewer images of each well
_KEPT = 10_000  # images whose records are looked at
_CHUNK = 8  # images read at a time


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
    """Return what is seen of the images of a screen: from its store, or read once.

    A store that was measured while it was written reads no image. Else, of a screen of more than
    4e9 pixels, a few images of each well are read, spread evenly over its rows, and one at least.

    Args:
        screen: A finished pixel store, or any screen.
        threads: Images that are read in parallel.
        progress: Called with (images done, images in all).

    Raises:
        InputError: An image cannot be read, and the screen does not leave such images out.
    """
    rows = _chosen(screen, _KEPT)
    records, known = kept_records(screen, rows), None
    if records is None:
        rows = _chosen(screen, int(_PIXELS / (len(screen.channels) * int(np.prod(screen.size)))))
        records, known = _read(screen.take(rows), threads, progress)
    there = np.arange(len(rows)) if known is None else np.flatnonzero(known)
    return Looks(
        rows=rows,
        channels=screen.channels,
        meta=screen.meta.iloc[rows].reset_index(drop=True),
        measures=table_of(records[there], screen.channels, there),
        alike=records["alike"],
        small=records["small"],
        of=len(screen),
        size=screen.size,
    )


def _read(
    screen: Screen, threads: int, progress: Progress
) -> tuple[np.ndarray, Bool[np.ndarray, " n"]]:
    """Return the records of all images, and which could be read."""
    make = QualityRecords()
    records = np.zeros(len(screen), dtype=make.dtype(len(screen.channels), screen.size))
    records["alike"] = np.nan
    known = np.zeros(len(screen), dtype=bool)

    def one(row: int) -> None:
        try:
            image = screen.read(np.array([row]))
        except UnreadableImage:
            if screen.left_out is None:
                raise
            return
        records[row], known[row] = make(image)[0], True

    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(screen), _CHUNK):
            part = range(first, min(first + _CHUNK, len(screen)))
            list(pool.map(one, part))
            progress(part.stop, len(screen))
    return records, known


def _chosen(screen: Screen, most: int) -> Int64[np.ndarray, " n"]:
    """Return all rows, or some of each well where they are more than `most`."""
    if len(screen) <= most:
        return np.arange(len(screen))
    wells = screen.meta.groupby(["plate", "well"], sort=False, observed=True)
    each = max(1, int(most / wells.ngroups))
    spread = [
        rows[np.unique(np.linspace(0, len(rows) - 1, min(each, len(rows))).round().astype(int))]
        for rows in wells.indices.values()
    ]
    return np.sort(np.concatenate(spread)).astype(np.int64)
