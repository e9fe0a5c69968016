"""Pixels that an earlier store has already: a screen that lost or gained a field keeps the others.

An image is taken over where the hash of its files (`Screen.identify`: their paths, sizes and parts
of their content) and all that is done to its pixels (`Note.made_by`) are the same. This is safe
for pixel steps by which a row's pixels depend on its own files only, as those of phenolens do; who
calls `prepare` gives no `made_by` where that is not known. It is cheap: of an unchanged image 12
KiB and its prepared pixels are read, and nothing is decoded. A file that changed elsewhere, at the
same size, is not noticed: neither here nor by the fingerprint of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int64, Integer, UInt8, UInt16

from phenolens.core.errors import InputError
from phenolens.store.chunks import sound
from phenolens.store.note import PIXELS, SOURCES, Note, damage, marks, read_note
from phenolens.store.unreadable import read_unreadable


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """Pixels of an earlier store.

    Attributes:
        path: Its array of pixels.
        rows: (n,) the row of each image of the new store there; -1 where it is not there.
    """

    path: Path
    rows: Int64[np.ndarray, " n"]

    def has(self, rows: Integer[np.ndarray, " k"]) -> Bool[np.ndarray, " k"]:
        """Return which of these images it has."""
        return self.rows[rows] >= 0

    def read(self, rows: Integer[np.ndarray, " k"]) -> UInt16[np.ndarray, "k channel height width"]:
        """Return the pixels of images that it has."""
        pixels = np.load(self.path, mmap_mode="r")
        return np.take(pixels, self.rows[rows], axis=0)


def find_earlier(
    folders: Sequence[Path], note: Note, sources: UInt8[np.ndarray, "n 16"]
) -> Earlier | None:
    """Return the earlier store that has most images of a new one; None where none has any.

    Args:
        folders: Stores, finished or not; what is damaged or something else is passed over.
        note: Of the new store.
        sources: Hash of the files of each image of the new store.
    """
    best, most = None, 0
    for folder in folders:
        try:
            known = _images(folder, note)
        except (InputError, OSError):  # damaged, or just removed: then it is of no use
            continue
        rows = np.array([known.get(source.tobytes(), -1) for source in sources], dtype=np.int64)
        count = int((rows >= 0).sum())
        if count > most:
            best, most = Earlier(folder / PIXELS, rows), count
    return None if best is None else _sound(best)


def _sound(found: Earlier) -> Earlier | None:
    """Return the same without the chunks whose pixels are not as they were written."""
    folder = found.path.parent
    note = read_note(folder)
    if note is None:
        return None
    good = sound(folder, note, np.unique(found.rows[found.rows >= 0] // note.chunk))
    return Earlier(found.path, np.where(good[found.rows // note.chunk], found.rows, -1))


def _images(folder: Path, note: Note) -> dict[bytes, int]:
    """Return the row of every image that a store has, by the hash of its files."""
    known = read_note(folder)
    alike = known and known.made_by and known.made_by == note.made_by
    if known is None or not alike or SOURCES not in (known.sums or {}):
        return {}
    if known.channels != note.channels or known.size != note.size or damage(folder, known):
        return {}
    sources = np.load(folder / SOURCES)
    there = np.ones(known.images, dtype=bool)
    if not known.complete:
        there = np.repeat(marks(folder, known) != 0, known.chunk)[: known.images]
    unreadable = {row for row, _ in known.unreadable} | set(read_unreadable(folder))
    return {sources[r].tobytes(): int(r) for r in np.flatnonzero(there) if r not in unreadable}
