"""Records of what was measured of each image of a store, written while its pixels are."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt16

from phenolens.core.screen import Rows
from phenolens.store.note import LOOKS, Note

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

    A row that was not written has the checksum 0. So a kill needs no list of what is there, and a
    damaged record is as one that is missing: the image is looked at again.

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
            with path.open("wb") as file:
                np.lib.format.write_array_header_2_0(file, header)  # type: ignore[no-untyped-call]
                file.truncate(file.tell() + note.images * dtype.itemsize)
            known = np.load(path, mmap_mode="r")
        return cls(path, look, dtype, int(known.offset))

    def write(self, begin: int, records: np.ndarray) -> None:
        """Write the records of rows that follow each other."""
        rows = np.zeros(len(records), dtype=self.dtype)
        rows["record"] = records
        rows["check"] = _checks(rows["record"])
        with self.path.open("r+b") as file:
            file.seek(self.first + begin * self.dtype.itemsize)
            file.write(rows.tobytes())
            file.flush()
            os.fsync(file.fileno())


@dataclass(slots=True)
class LooksReader:
    """Rows -> records of a finished store, opened on first use (so that it pickles)."""

    path: Path
    _rows: np.ndarray | None = field(default=None, repr=False)

    def __call__(self, rows: Rows) -> np.ndarray | None:
        """Return the records of these rows; None where one is missing or damaged."""
        if self._rows is None:
            self._rows = _opened(self.path)
        if self._rows is None or self._rows.dtype.names != ("check", "record"):
            return None
        found = np.take(self._rows, rows, axis=0)
        if not np.array_equal(found["check"], _checks(found["record"])):
            return None
        records: np.ndarray = found["record"]
        return records

    def __getstate__(self) -> tuple[Path]:
        return (self.path,)

    def __setstate__(self, state: tuple[Path]) -> None:
        self.path, self._rows = state[0], None


def _opened(path: Path) -> np.memmap | None:
    """Return the rows of a file; None where it is missing or is not a table of records."""
    try:
        found = np.load(path, mmap_mode="r")
    except Exception:  # NumPy raises many kinds on a damaged header; a pickle is refused
        return None
    return found if isinstance(found, np.memmap) and found.ndim == 1 else None


def _row(record: np.dtype[np.void]) -> np.dtype[np.void]:
    return np.dtype([("check", _CHECK), ("record", record)])


def _checks(records: np.ndarray) -> np.ndarray:
    """Return the checksum of each record, never 0."""
    content = np.ascontiguousarray(records)
    size = content.dtype.itemsize
    flat = content.tobytes()
    sums = [zlib.crc32(flat[i * size : (i + 1) * size]) | 1 for i in range(len(content))]
    return np.array(sums, dtype=_CHECK)
