"""The prepared pixel store: written once, resumable, read at memory speed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.inside import literal
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Images, Rows, Screen, left_out_facts, left_out_text
from phenolens.core.space import reserve
from phenolens.store.begin import begin
from phenolens.store.counts import Counts
from phenolens.store.earlier import Earlier, find_earlier
from phenolens.store.filling import Filling, first_byte
from phenolens.store.fingerprint import fingerprint
from phenolens.store.learned import keep_learned
from phenolens.store.looks import Look, LooksReader
from phenolens.store.note import (
    COUNTS,
    DELETE,
    FILES,
    META,
    PIXELS,
    SOURCES,
    UNREADABLE,
    Note,
    damage,
    note_of,
    read_note,
)
from phenolens.store.reading import Reading, Workers
from phenolens.store.unreadable import read_unreadable

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


@dataclass(frozen=True, slots=True)
class Reuse:
    """What the pixels of an image depend on, and where they may be already.

    Attributes:
        made_by: A hash of all that a row's pixels depend on but for its files; empty: not known.
        folders: Stores that may have some of the pixels.
    """

    made_by: str = ""
    folders: Sequence[Path] = ()

    def find(self, folder: Path, note: Note) -> Earlier | None:
        """Return an earlier store that has some of the images of a new one.

        Args:
            folder: Of the new store.
            note: Of the new store.
        """
        others = [path for path in self.folders if path.resolve() != folder.resolve()]
        if not (others and note.made_by and (folder / SOURCES).is_file()):
            return None
        known = find_earlier(others, note, np.load(folder / SOURCES))
        if known is not None:
            count = int((known.rows >= 0).sum())
            words = "%d of %d images are taken from the pixels in %s"
            LOG.info(words, count, note.images, known.path)
        return known


def prepare(  # noqa: PLR0913  # what and where, then how fast, then what is known already
    screen: Screen,
    folder: Path,
    threads: int = 2,
    progress: Progress = uncounted,
    reuse: Reuse = Reuse(),  # it cannot be changed
    dask: str = "",
    look: Look | None = None,
    *,
    count: bool = False,
) -> Screen:
    """Write a screen's pixels into a store, or finish one that was begun, and return it opened.

    What is written is what comes out at the end of the screen's chain of pixel steps. A store is a
    folder: `pixels.npy` (n, channel, height, width) uint16, raw counts; `meta.parquet`;
    `sources.npy`, the hash of the files of each image, where the screen knows it; `store.json`
    (channels, size, pixel size, the history of pixel steps, the intensity rule, a fingerprint);
    `done.npy`, a checksum per chunk; `illumination.npz`, where a step estimated it; `looks.npy`,
    what `look` measures of each image; `counts.npz`, where counts are summed; and, only while the
    store is being written, `unreadable.jsonl`. A kill loses the chunks under way; calling again
    writes the missing ones. The disk space is reserved first. What is found damaged is named in the
    log and made again. One process at a time.

    Unreadable images that the screen leaves out are zeros in the file, and not in the opened store.

    Args:
        screen: What to write.
        folder: Where to.
        threads: Chunks that are read in parallel.
        progress: Called with (images done, images in all).
        reuse: Where some of the pixels may be already.
        dask: Address of a Dask scheduler whose workers read instead; this process alone writes. The
            store is the same, byte by byte.
        look: What is measured of each image on the way; the opened store's `looks` returns it.
        count: Whether to sum how often each count occurs, for `Limits.of`: `counts.read_counts`.

    Raises:
        InputError: The folder holds the store of another screen or files that are not a store's,
            the disk is too small, an image cannot be read, or the cluster cannot be used.
    """
    note = note_of(screen, fingerprint(screen), reuse.made_by, _chunk(screen))
    known = begin(screen, folder, note)
    if not known.complete:
        reserve(folder / PIXELS, first_byte(folder / PIXELS) + 2 * int(np.prod(note.shape)))
        keep_learned(screen, folder)
        reading = Reading.of(screen, folder, reuse.find(folder, known), look)
        counts = Counts.begin(screen) if count else None
        filling = Filling(reading, folder, known, counts)
        filling(Workers(threads=threads, dask=dask), progress)
        sums = {} if counts is None else {COUNTS: counts.save(folder / COUNTS)}
        unreadable = tuple(sorted(read_unreadable(folder).items()))
        sums = {**(known.sums or {}), **sums}
        replace(known, complete=True, unreadable=unreadable, sums=sums).write(folder)
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
    path = folder / META
    if wrong := damage(folder, note):
        again = "give the command that made it again: its pixels are kept"
        raise InputError(wrong, fix=again if wrong.startswith(str(path)) else DELETE)
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
        looks=LooksReader(folder, note),
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


def _chunk(screen: Screen) -> int:
    """Return how many images are one unit of work."""
    each = 2 * len(screen.channels) * int(np.prod(screen.size))
    return max(1, min(CHUNK, _BYTES // each))
