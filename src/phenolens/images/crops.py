"""Single-cell crops in one array file, read row by row."""

from __future__ import annotations

import hashlib
import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Integer, Shaped, UInt8, UInt16

from phenolens.core.errors import InputError, nearest
from phenolens.images.bounds import ANY, check_ratio
from phenolens.images.planes import odd_planes
from phenolens.images.signature import signature

_PARTS = 256  # of the array file that are hashed: 1 MiB


@dataclass(frozen=True, eq=False)
class CropReader:
    """Rows -> pixels from one array file; loaded at the first read, not pickled."""

    path: Path
    key: str
    shape: tuple[int, ...]

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the crops of these rows."""
        crops = self.array[rows].reshape(-1, *self.shape[1:])
        return np.ascontiguousarray(np.moveaxis(crops, -1, 1), dtype=np.uint16)

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of the file and the row of each crop."""
        whole = hashlib.sha256(signature(self.path, _PARTS) + self.key.encode())
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for place, row in enumerate(rows.tolist()):
            one = whole.copy()
            one.update(str(row).encode())
            hashes[place] = np.frombuffer(one.digest()[:16], dtype=np.uint8)
        return hashes

    @cached_property
    def array(self) -> Shaped[np.ndarray, "n height width *channel"]:
        """All crops, as they are stored."""
        try:
            if self.path.suffix == ".npy":
                return np.load(self.path, mmap_mode="r")
            with np.load(self.path) as archive:
                return archive[self.key]
        except _DAMAGE as error:
            raise InputError(f"cannot be read: {error}", where=self.path) from error

    def odd_planes(self, channels: Sequence[str]) -> Iterator[tuple[int, str, str]]:
        """Yield (row, kind, what is odd) for every plane that shows nothing of its own."""
        for start in range(0, self.shape[0], _PARTS):
            rows = np.arange(start, min(start + _PARTS, self.shape[0]))
            for row, crop in zip(rows.tolist(), self(rows), strict=True):
                for _, kind, what in odd_planes(crop, channels):
                    yield row, kind, what

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "key": self.key, "shape": self.shape}


@dataclass(frozen=True, eq=False)
class JoinedCrops:
    """Rows -> pixels from several array files, one after the other.

    Attributes:
        parts: Readers of crops of one size, with the same channels.
    """

    parts: tuple[CropReader, ...]

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the crops of these rows."""
        height, width, channels = self.parts[0].shape[1:]
        crops = np.empty((len(rows), channels, height, width), dtype=np.uint16)
        for reader, places, own in self._split(rows):
            crops[places] = reader(own)
        return crops

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of the file and the row in it of each crop."""
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for reader, places, own in self._split(rows):
            hashes[places] = reader.identify(own)
        return hashes

    def _split(
        self, rows: Integer[np.ndarray, " n"]
    ) -> Iterator[tuple[CropReader, Integer[np.ndarray, " k"], Integer[np.ndarray, " k"]]]:
        """Yield each file's reader, the places of its rows among these, and its own rows."""
        ends = np.cumsum([reader.shape[0] for reader in self.parts])
        which = np.searchsorted(ends, rows, side="right")
        for i, reader in enumerate(self.parts):
            places = np.flatnonzero(which == i)
            if len(places):
                yield reader, places, rows[places] - (ends[i] - reader.shape[0])


_DAMAGE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


def crops_header(path: Path, key: str) -> tuple[tuple[int, ...], str]:
    """Return shape and dtype of an array file without reading its pixels.

    Args:
        path: An `.npz` or `.npy` file.
        key: Name of the array in an `.npz`.

    Raises:
        InputError: It is damaged, truncated, or has no such array.
    """
    try:
        if path.suffix == ".npy":
            with path.open("rb") as file:
                shape, dtype = _npy_header(file)
                whole = file.tell() + math.prod(shape) * dtype.itemsize
            if path.stat().st_size < whole:
                raise InputError(
                    f"is truncated: {path.stat().st_size} bytes of {whole}", where=path
                )
            return shape, str(dtype)
        with zipfile.ZipFile(path) as archive:
            names = [Path(name).stem for name in archive.namelist()]
            if key not in names:
                raise InputError(f"has no array '{key}'", where=path, fix=nearest(key, names))
            with archive.open(f"{key}.npy") as member:
                shape, dtype = _npy_header(member)
                whole = member.tell() + math.prod(shape) * dtype.itemsize
            found = archive.getinfo(f"{key}.npy")
            if whole != found.file_size:
                raise InputError(
                    f"is damaged: its array '{key}' says {whole:,} bytes and has "
                    f"{found.file_size:,}",
                    where=path,
                    fix="copy or export the file again",
                )
            check_ratio(whole, min(found.compress_size, path.stat().st_size), ANY, path)
            return shape, str(dtype)
    except InputError:
        raise
    except (MemoryError, OSError):
        raise
    except Exception as error:  # NumPy and zipfile raise many kinds on a damaged header
        raise InputError(f"is damaged, or not an .npz or .npy file: {error}", where=path) from error


def _npy_header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    known: Any = np.lib.format  # comes without types
    first = known.read_magic(file) == (1, 0)
    read = known.read_array_header_1_0 if first else known.read_array_header_2_0
    shape, _, dtype = read(file)
    return tuple(shape), dtype
