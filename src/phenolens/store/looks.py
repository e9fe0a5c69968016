"""Records of what was measured of each image of a store, written while its pixels are."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt16, UInt64

from phenolens.core.errors import InputError
from phenolens.core.screen import Rows
from phenolens.store.note import LOOKS, Note, marks

_CHECK = np.dtype("<u4")


@runtime_checkable
class Look(Protocol):
    """What is measured of images in memory, so that one pass writes a store and measures it."""

    def dtype(self, channels: int, size: tuple[int, int]) -> np.dtype[np.void]:
        """Return the fields of a record: fixed shapes of numbers, no objects.

        Args:
            channels: How many an image has.
            size: (height, width) in pixels.
        """
        ...

    def __call__(self, images: UInt16[np.ndarray, "n c h w"]) -> np.ndarray:
        """Return one record (n,) per image; of an image alone, whatever is around it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class LooksFile:
    """`looks.npy`: a checksum and a record per image, each at its place.

    The checksum is of the record, its row, and the mark of the pixels of its chunk (`done.npy`): a
    record of another image, or of another store, is not taken for this one's. A row that was not
    written has the checksum 0. So a kill needs no list of what is there, and a damaged record is as
    one that is missing: the image is looked at again.

    Attributes:
        path: The file.
        look: What is measured.
        dtype: Of a row: `check` and `record`.
        first: Byte at which the rows begin.
    """

    path: Path
    look: Look
    dtype: np.dtype[np.void]
    first: int

    @classmethod
    def begin(cls, folder: Path, note: Note, look: Look) -> LooksFile:
        """Return the file of a store that is being written; one of other records is begun anew."""
        path = folder / LOOKS
        dtype = _row(look.dtype(len(note.channels), note.size))
        known = _opened(path)
        if known is None or known.dtype != dtype or known.shape != (note.images,):
            header = {"descr": dtype.descr, "fortran_order": False, "shape": (note.images,)}
            path.unlink(missing_ok=True)  # a link leads to a file of somebody else
            with path.open("xb") as file:
                np.lib.format.write_array_header_2_0(file, header)  # type: ignore[no-untyped-call]
                file.truncate(file.tell() + note.images * dtype.itemsize)
            known = np.load(path, mmap_mode="r")
        return cls(path, look, dtype, int(known.offset))

    def write(self, begin: int, records: np.ndarray, mark: int) -> None:
        """Write the records of rows that follow each other.

        Args:
            begin: The first row.
            records: One per row.
            mark: Of the chunk of pixels that they are (`chunks.checksum`).
        """
        rows = np.zeros(len(records), dtype=self.dtype)
        rows["record"] = records
        numbers = np.arange(begin, begin + len(records))
        marks = np.full(len(records), mark, dtype=np.uint64)
        rows["check"] = _checks(rows["record"], numbers, marks)
        with self.path.open("r+b") as file:
            file.seek(self.first + begin * self.dtype.itemsize)
            file.write(rows.tobytes())
            file.flush()
            os.fsync(file.fileno())


@dataclass(slots=True)
class LooksReader:
    """Rows -> records of a finished store, opened on first use (so that it pickles).

    Attributes:
        folder: Of the store.
        note: Of the store.
    """

    folder: Path
    note: Note
    _rows: np.ndarray | None = field(default=None, repr=False)

    def __call__(self, rows: Rows) -> np.ndarray | None:
        """Return the records of these rows; None where one is missing or damaged."""
        if self._rows is None:
            self._rows = _opened(self.folder / LOOKS)
        known = self._rows
        if known is None or known.dtype.names != ("check", "record"):
            return None
        if len(known) != self.note.images:
            return None
        try:
            chunks = marks(self.folder, self.note)
        except InputError:  # without the marks of the pixels no record is known to be theirs
            return None
        found = np.take(known, rows, axis=0)
        checks = _checks(found["record"], rows, chunks[rows // self.note.chunk])
        records: np.ndarray = found["record"]
        return records if np.array_equal(found["check"], checks) else None

    def __getstate__(self) -> tuple[Path, Note]:
        return (self.folder, self.note)

    def __setstate__(self, state: tuple[Path, Note]) -> None:
        self.folder, self.note = state
        self._rows = None


def _opened(path: Path) -> np.memmap | None:
    """Return the rows of a file; None where it is missing or is not a table of records."""
    if path.is_symlink():
        return None
    try:
        found = np.load(path, mmap_mode="r")
    except Exception:  # NumPy raises many kinds on a damaged header; a pickle is refused
        return None
    return found if isinstance(found, np.memmap) and found.ndim == 1 else None


def _row(record: np.dtype[np.void]) -> np.dtype[np.void]:
    return np.dtype([("check", _CHECK), ("record", record)])


def _checks(records: np.ndarray, rows: Rows, marks: UInt64[np.ndarray, " n"]) -> np.ndarray:
    """Return the checksum of each record of these rows, never 0."""
    flat, size = np.ascontiguousarray(records).tobytes(), records.dtype.itemsize
    sums = []
    for place, (row, mark) in enumerate(zip(rows.tolist(), marks.tolist(), strict=True)):
        about = zlib.crc32(f"{row} {mark}".encode())
        sums.append(zlib.crc32(flat[place * size : (place + 1) * size], about) | 1)
    return np.array(sums, dtype=_CHECK)
