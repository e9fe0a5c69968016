"""Writing the pixels of a store that are missing, and what is measured of them on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phenolens.core.progress import Progress
from phenolens.core.screen import Rows
from phenolens.core.space import room
from phenolens.store.chunks import checksum
from phenolens.store.counts import Counts
from phenolens.store.looks import LooksFile
from phenolens.store.note import DONE, PIXELS, Note, marks
from phenolens.store.reading import Reading, Workers, read_chunks
from phenolens.store.unreadable import Notes, Piece, read_unreadable

Keep = Callable[[int, Piece], None]
_CACHED = 0.25  # of the memory: pages of a larger store are not left to the system's cache


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """What is written: a chunk at a time, each once.

    Pixels are written, not assigned through a memory map: a full disk is then an error that can be
    named, also on file systems that promise room that they do not have.

    Attributes:
        reading: What gives the pixels.
        folder: Of the store.
        note: Of the store.
        counts: Sums that its pixels are added to.
    """

    reading: Reading
    folder: Path
    note: Note
    counts: Counts | None = None

    def __call__(self, workers: Workers, progress: Progress) -> None:
        """Write what is missing.

        Args:
            workers: Who reads.
            progress: Called with (images done, images in all).

        Raises:
            InputError: An image cannot be read, the disk is too small, or the cluster fails.
        """
        folder, note = self.folder, self.note
        there = marks(folder, note) != 0
        if self.counts is not None:  # of what a killed process wrote
            unreadable, pixels = read_unreadable(folder), np.load(folder / PIXELS, mmap_mode="r")
            for rows in map(self._rows, np.flatnonzero(there).tolist()):
                self.counts.add(rows, pixels[rows], unreadable)
        todo = {chunk: self._rows(chunk) for chunk in np.flatnonzero(~there).tolist()}
        ready = note.images - sum(map(len, todo.values()))
        for images in read_chunks(self.reading, todo, self._keep(), workers):
            ready += images
            progress(ready, note.images)

    def _rows(self, chunk: int) -> Rows:
        size = self.note.chunk
        return np.arange(chunk * size, min((chunk + 1) * size, self.note.images))

    def _keep(self) -> Keep:
        """Return what writes a chunk: its mark last, so that what is marked is whole."""
        folder, note, look = self.folder, self.note, self.reading.look
        each = 2 * int(np.prod(note.shape[1:]))
        first, first_mark = first_byte(folder / PIXELS), first_byte(folder / DONE)
        notes = Notes(folder)
        looks = None if look is None else LooksFile.begin(folder, note, look)
        forget = note.images * each > _CACHED * _memory()

        def keep(chunk: int, piece: Piece) -> None:
            begin = chunk * note.chunk
            notes.add(piece.unreadable)
            if self.counts is not None:
                self.counts.add(self._rows(chunk), piece.images, piece.unreadable)
            mark = checksum(piece.images.data, begin, piece.unreadable)
            with room(folder / PIXELS, note.images * each):
                place = first + begin * each
                overwrite(folder / PIXELS, place, piece.images.data, forget=forget)
                if looks is not None and piece.looks is not None:
                    looks.write(begin, piece.looks, mark)
                overwrite(folder / DONE, first_mark + 8 * chunk, mark.to_bytes(8, "little"))

        return keep


def overwrite(path: Path, begin: int, content: memoryview | bytes, *, forget: bool = False) -> None:
    """Write bytes at a place of a file that exists, and flush them to disk.

    Args:
        path: The file.
        begin: The place.
        content: The bytes.
        forget: Whether the system may drop them from its cache at once: of a store that does not
            fit there, the first pages are gone when they are read, and others' were driven out.
    """
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if forget and hasattr(os, "posix_fadvise"):
            length = memoryview(content).nbytes
            os.posix_fadvise(file.fileno(), begin, length, os.POSIX_FADV_DONTNEED)


def first_byte(path: Path) -> int:
    """Return where the values of a sound `.npy` file begin."""
    return int(np.load(path, mmap_mode="r").offset)


def _memory() -> int:
    """Return the bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
