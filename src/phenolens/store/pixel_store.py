"""The prepared pixel store: written once, resumable, read at memory speed."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.inside import literal
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Images, Rows, Screen, left_out_facts, left_out_text
from phenolens.core.space import reserve, room
from phenolens.store.begin import begin
from phenolens.store.chunks import checksum
from phenolens.store.earlier import Earlier, find_earlier
from phenolens.store.fingerprint import fingerprint
from phenolens.store.learned import keep_learned
from phenolens.store.looks import Look, LooksFile, LooksReader
from phenolens.store.note import (
    DELETE,
    DONE,
    FILES,
    LOOKS,
    META,
    PIXELS,
    SOURCES,
    UNREADABLE,
    Note,
    damage,
    marks,
    note_of,
    read_note,
)
from phenolens.store.reading import Reading, Workers, read_chunks
from phenolens.store.unreadable import Notes, Piece, read_unreadable

LOG = logging.getLogger("phenolens")
CHUNK = 32  # images per unit of work at most: what a kill can cost
_BYTES = 64 << 20  # of pixels of a unit of work: larger blocks are fresh memory every time


@dataclass(slots=True)
class StoreReader:
    """Rows -> pixels from a store's `pixels.npy`, opened on first use (so that it pickles)."""

    path: Path
    _pixels: np.ndarray | None = field(default=None, repr=False)

    def __call__(self, rows: Rows) -> Images:
        """Return the pixels of these rows, copied out of the page cache."""
        if self._pixels is None:
            self._pixels = np.load(self.path, mmap_mode="r")
        return np.take(self._pixels, rows, axis=0)

    def __getstate__(self) -> tuple[Path]:
        return (self.path,)

    def __setstate__(self, state: tuple[Path]) -> None:
        self.path, self._pixels = state[0], None


def prepare(  # noqa: PLR0913  # what and where, then how fast, then what is known already
    screen: Screen,
    folder: Path,
    threads: int = 2,
    progress: Progress = uncounted,
    made_by: str = "",
    earlier: Sequence[Path] = (),
    dask: str = "",
    look: Look | None = None,
) -> Screen:
    """Write a screen's pixels into a store, or finish one that was begun, and return it opened.

    What is written is what comes out at the end of the screen's chain of pixel steps. A store is a
    folder: `pixels.npy` (n, channel, height, width) uint16, raw counts; `meta.parquet`;
    `sources.npy`, the hash of the files of each image, where the screen knows it; `store.json`
    (channels, size, pixel size, the history of pixel steps, the intensity rule, a fingerprint);
    `done.npy`, a checksum per chunk; `illumination.npz`, where a step estimated it; `looks.npy`,
    what `look` measures of each image; and, only while the store is being written,
    `unreadable.jsonl`. A kill loses the chunks under way; calling again writes the missing ones.
    The disk space is reserved first. What is found damaged is named in the log and made again. One
    process at a time.

    Where the screen leaves out unreadable images, their pixels are zeros in the file, and the
    opened store does not have them.

    Args:
        screen: What to write.
        folder: Where to.
        threads: Chunks that are read in parallel.
        progress: Called with (images done, images in all).
        made_by: A hash of all that a row's pixels depend on but for its files; empty: not known.
        earlier: Folders of stores that may have some of the pixels; see `store/earlier.py`.
        dask: Address of a Dask scheduler whose workers read the images instead of threads; this
            process alone writes. The store is the same, byte by byte.
        look: What is measured of each image while its pixels are in memory; the opened store's
            `looks` returns it.

    Raises:
        InputError: The folder holds the store of another screen or files that are not a store's,
            the disk is too small, an image cannot be read, or the cluster cannot be used.
    """
    each = 2 * len(screen.channels) * int(np.prod(screen.size))
    chunk = max(1, min(CHUNK, _BYTES // each))
    note = note_of(screen, fingerprint(screen), made_by, chunk)
    known = begin(screen, folder, note)
    if not known.complete:
        reserve(folder / PIXELS, _header_bytes(folder / PIXELS) + 2 * int(np.prod(note.shape)))
        keep_learned(screen, folder)
        reading = Reading.of(screen, folder, _earlier(screen, folder, known, earlier), look)
        _fill(reading, folder, known, Workers(threads=threads, dask=dask), progress)
        unreadable = tuple(sorted(read_unreadable(folder).items()))
        replace(known, complete=True, unreadable=unreadable).write(folder)
    (folder / UNREADABLE).unlink(missing_ok=True)
    opened = open_store(folder)
    if opened.left_out and len(opened) < len(screen):
        LOG.warning(left_out_text(left_out_facts(opened.left_out)))
    return opened


def open_store(folder: Path) -> Screen:
    """Return a finished store as a Screen, with its history and intensity rule.

    Raises:
        InputError: There is none, it was not finished, or it is damaged.
    """
    note = read_note(folder)
    if note is None or not note.complete:
        raise InputError("no finished pixel store", where=folder, fix="prepare it again to resume")
    if wrong := damage(folder, note):
        raise InputError(wrong, fix=DELETE)
    path = folder / META
    try:
        meta = pd.read_parquet(literal(path))
    except Exception as error:  # Arrow raises many kinds
        raise InputError("is damaged or missing", where=path, fix=DELETE) from error
    if len(meta) != note.images:
        what = f"is damaged ({len(meta)} rows for {note.images} images)"
        raise InputError(what, where=path, fix=DELETE)
    screen = Screen(
        meta=meta,
        channels=note.channels,
        read=StoreReader(folder / PIXELS),
        size=note.size,
        level=note.level,
        pixel_size=note.pixel_size,
        history=note.history,
        rescale=note.rule(),
        left_out=note.leave_out,
        looks=LooksReader(folder / LOOKS),
    )
    if not note.unreadable:
        return screen
    rows = np.array([row for row, _ in note.unreadable])
    mask = np.zeros(len(screen), dtype=bool)
    mask[rows] = True
    return screen.leave_out(mask, [why for _, why in note.unreadable])


def remove_store(folder: Path) -> None:
    """Delete a store; a folder that is none stays, and so does a file that is not part of one."""
    try:
        if read_note(folder) is None:
            return
    except InputError:  # somebody else's store.json
        return
    for name in reversed(FILES):  # the note last: it says that the others are ours
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _fill(reading: Reading, folder: Path, note: Note, workers: Workers, progress: Progress) -> None:
    """Write the pixels that are missing, and the records of what is measured of them.

    They are written, not assigned through a memory map: a full disk is then an error that can be
    named, also on file systems that promise room that they do not have.
    """
    n = note.images
    each = 2 * int(np.prod(note.shape[1:]))
    first = _header_bytes(folder / PIXELS)
    first_mark = _header_bytes(folder / DONE)
    notes = Notes(folder)
    looks = None if reading.look is None else LooksFile.begin(folder, note, reading.look)
    forget = n * each > _memory() / 4

    def keep(chunk: int, piece: Piece) -> None:
        begin = chunk * note.chunk
        notes.add(piece.unreadable)
        mark = checksum(piece.images.data, begin, piece.unreadable)
        with room(folder / PIXELS, n * each):
            _overwrite(folder / PIXELS, first + begin * each, piece.images.data, forget=forget)
            if looks is not None and piece.looks is not None:
                looks.write(begin, piece.looks)
            _overwrite(folder / DONE, first_mark + 8 * chunk, mark.to_bytes(8, "little"))

    todo = {
        int(c): np.arange(c * note.chunk, min((c + 1) * note.chunk, n))
        for c in np.flatnonzero(marks(folder, note) == 0)
    }
    ready = n - sum(map(len, todo.values()))
    for images in read_chunks(reading, todo, keep, workers):
        ready += images
        progress(ready, n)


def _earlier(screen: Screen, folder: Path, note: Note, earlier: Sequence[Path]) -> Earlier | None:
    """Return an earlier store that has some of the images already."""
    others = [path for path in earlier if path.resolve() != folder.resolve()]
    if not (others and note.made_by and (folder / SOURCES).is_file()):
        return None
    known = find_earlier(others, note, np.load(folder / SOURCES))
    if known is not None:
        count = int((known.rows >= 0).sum())
        LOG.info("%d of %d images are taken from the pixels in %s", count, len(screen), known.path)
    return known


def _overwrite(
    path: Path, begin: int, content: memoryview | bytes, *, forget: bool = False
) -> None:
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


def _memory() -> int:
    """Return the bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _header_bytes(path: Path) -> int:
    """Return where the values of a sound `.npy` file begin."""
    return int(np.load(path, mmap_mode="r").offset)
