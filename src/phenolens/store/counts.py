"""How often each count occurs, per plate and channel: summed while a store is written."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int64, Integer

from phenolens.core.files import written
from phenolens.core.screen import Images, Rows, Screen
from phenolens.store.note import COUNTS, checksum_of, read_note

LEVELS = 65536
_MOST = 1 << 30  # bytes of sums: of more plates than that none are kept
_DAMAGE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)

Histogram = Integer[np.ndarray, "channel levels"]


@dataclass(slots=True, eq=False)
class Counts:
    """The sums; several threads may add images.

    Attributes:
        codes: Number of the plate of each image.
        plates: Their names.
        sums: How often each of the 65,536 counts occurs.
    """

    codes: Int64[np.ndarray, " n"] = field(repr=False)
    plates: tuple[str, ...]
    sums: Int64[np.ndarray, "plate channel levels"] = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def begin(cls, screen: Screen) -> Counts | None:
        """Return sums of nothing; None where they would need more than a gigabyte."""
        codes, plates = pd.factorize(screen.meta["plate"].astype(str).to_numpy())
        shape = (len(plates), len(screen.channels), LEVELS)
        if 8 * np.prod(shape, dtype=np.float64) > _MOST:
            return None
        return cls(codes.astype(np.int64), tuple(plates.tolist()), np.zeros(shape, dtype=np.int64))

    def add(self, rows: Rows, images: Images, unreadable: Collection[int] = ()) -> None:
        """Add the pixels of images, but for those that could not be read."""
        codes = self.codes[rows]
        readable = ~np.isin(rows, list(unreadable))
        for code in np.unique(codes[readable]).tolist():
            own = histograms(images[readable & (codes == code)])
            with self._lock:
                self.sums[code] += own

    def save(self, path: Path) -> str:
        """Write them as an `.npz` of two arrays: plates, sums; return its checksum."""
        with written(path) as partial:
            np.savez_compressed(
                partial, plates=np.array(self.plates, dtype=np.str_), sums=self.sums
            )
        return checksum_of(path)


def read_counts(folder: Path) -> dict[str, Histogram] | None:
    """Return plate -> how often each count occurs in its images; None where it is not known.

    Args:
        folder: Of a finished store.
    """
    note, path = read_note(folder), folder / COUNTS
    known = (note.sums or {}).get(COUNTS) if note else None
    if not known or known != checksum_of(path):
        return None
    try:
        with path.open("rb") as file, np.load(file) as archive:
            plates, sums = archive["plates"].tolist(), archive["sums"]
    except _DAMAGE:
        return None
    whole = note is not None and sums.shape == (len(plates), len(note.channels), LEVELS)
    if not whole or sums.dtype != np.int64:
        return None
    return dict(zip(plates, sums, strict=True))


def histograms(images: Images) -> Int64[np.ndarray, "channel levels"]:
    """Return how often each count occurs in these images, channel by channel."""
    found = np.zeros((images.shape[1], LEVELS), dtype=np.int64)
    for c in range(images.shape[1]):
        for image in images[:, c]:
            counts = torch.from_numpy(image.astype(np.int32).ravel())  # twice as fast as NumPy's
            found[c] += torch.bincount(counts, minlength=LEVELS).numpy()
    return found
