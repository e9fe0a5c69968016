"""Checksums of the chunks of a store: which of its pixels are as they were written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Integer

from phenolens.store.note import DONE, PIXELS, Note, marks
from phenolens.store.unreadable import read_unreadable

WHOLE = 1 << 28  # bytes of pixels; of a larger finished store only some chunks are read
_SOME = 64


def checksum(content: memoryview | bytes, first: int, unreadable: Mapping[int, str]) -> int:
    """Return the mark of a chunk that is written: 64 bits of a SHA-256, never 0.

    Args:
        content: Its pixels, as the file has them.
        first: Its first row.
        unreadable: Row and reason of its images that could not be read. They are part of it: where
            such a note is lost, zeros would pass for an image.
    """
    about = f"{first} {sorted(unreadable.items())}".encode()
    found = hashlib.sha256(about)
    found.update(content)
    return int.from_bytes(found.digest()[:8], "little") | 1


def of_chunk(unreadable: Mapping[int, str], note: Note, chunk: int) -> dict[int, str]:
    """Return those of the unreadable images that are in a chunk."""
    begin, stop = chunk * note.chunk, (chunk + 1) * note.chunk
    return {row: why for row, why in unreadable.items() if begin <= row < stop}


def sound(
    folder: Path, note: Note, chunks: Integer[np.ndarray, " k"] | None = None
) -> Bool[np.ndarray, " chunks"]:
    """Return which chunks are written and as they were written.

    Args:
        folder: Of the store, whose files have the right sizes.
        note: Its note.
        chunks: Which ones to read; the others count as sound where they are written. None: all,
            or some that are evenly spread over a large finished store.

    Raises:
        InputError: The marks are damaged, or missing in a store that is not finished.
    """
    if note.complete and not (folder / DONE).is_file():  # of a version that kept no checksums
        return np.ones(note.chunks, dtype=bool)
    written = marks(folder, note)
    good = written != 0
    pixels = np.load(folder / PIXELS, mmap_mode="r")
    if chunks is None:
        few = note.complete and pixels.nbytes > WHOLE
        chunks = np.linspace(0, note.chunks - 1, _SOME if few else note.chunks).astype(int)
    unreadable = {**dict(note.unreadable), **read_unreadable(folder)}
    for chunk in np.unique(chunks):
        if good[chunk]:
            begin = int(chunk) * note.chunk
            rows = np.ascontiguousarray(pixels[begin : begin + note.chunk])
            found = checksum(rows.data, begin, of_chunk(unreadable, note, int(chunk)))
            good[chunk] = found == int(written[chunk])
    return good
