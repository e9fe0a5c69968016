"""Rows of a screen -> uint16 pixels from Zarr arrays, a plane of several channels each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Integer, UInt8, UInt16

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.screen import UnreadableImage
from phenolens.images.reader import LEAVE_OUT
from phenolens.images.signature import signature

_UNSIGNED = ("uint8", "uint16")


def open_array(path: Path) -> Any:
    """Return a Zarr array, opened to be read; its pixels are not.

    Raises:
        InputError: It is not there, cannot be read, or is not of 8-bit or 16-bit unsigned integers.
    """
    zarr = import_extra("zarr", needed_by="OME-Zarr", extra="zarr")
    try:
        array = zarr.open_array(path, mode="r")
    except Exception as error:  # zarr raises many kinds
        what = f"is not a Zarr array that can be read: {error}"
        raise InputError(what, where=path, fix="copy or write it again") from error
    if str(array.dtype) not in _UNSIGNED:
        raise InputError(
            f"has {array.dtype} pixels, expected 8-bit or 16-bit unsigned integers",
            where=path,
            fix="save the raw camera counts as uint16",
        )
    return array


@dataclass(slots=True, eq=False)
class ZarrReader:
    """Rows -> pixels: each row is one time and plane of an array.

    Attributes:
        root: Folder that the paths start from.
        paths: (n,) folders of the arrays.
        axes: Letters of their axes, of `tczyx`.
        times: (n,) index on the axis t.
        planes: (n,) index on the axis z.
        channels: Indexes on the axis c.
        size: (height, width) that every array must have.
    """

    root: Path
    paths: tuple[str, ...] = field(repr=False)
    axes: str
    times: Integer[np.ndarray, " n"] = field(repr=False)
    planes: Integer[np.ndarray, " n"] = field(repr=False)
    channels: tuple[int, ...]
    size: tuple[int, int]
    _open: dict[str, Any] = field(default_factory=dict, repr=False)

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the pixels of these rows.

        Raises:
            UnreadableImage: A chunk is damaged; names the array.
            InputError: An array cannot be opened, or has another size.
        """
        images = np.empty((len(rows), len(self.channels), *self.size), dtype=np.uint16)
        for place, row in enumerate(rows.tolist()):
            images[place] = self._row(row)
        return images

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of each row: its array's files, and which time and plane it is."""
        known: dict[str, bytes] = {}
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for place, row in enumerate(rows.tolist()):
            name = self.paths[row]
            if name not in known:
                known[name] = _hash_of(self.root / name)
            about = f"{name}\0{int(self.times[row])}\0{int(self.planes[row])}\0".encode()
            digest = hashlib.sha256(about + known[name]).digest()[:16]
            hashes[place] = np.frombuffer(digest, dtype=np.uint8)
        return hashes

    def _row(self, row: int) -> UInt16[np.ndarray, "channel height width"]:
        name = self.paths[row]
        if name not in self._open:
            self._open[name] = open_array(self.root / name)
        array = self._open[name]
        at = {"t": int(self.times[row]), "z": int(self.planes[row])}
        chosen = tuple(at.get(axis, slice(None)) for axis in self.axes)
        try:
            pixels = np.asarray(array[chosen])
        except Exception as error:  # the codecs raise many kinds
            what = f"cannot be read: {type(error).__name__}: {error}"
            fix = f"copy or write it again, or {LEAVE_OUT}"
            raise UnreadableImage(what, where=self.root / name, fix=fix) from error
        pixels = self._channel_first(pixels)
        if pixels.shape[1:] != self.size:
            found, asked = (" x ".join(map(str, pair)) for pair in (pixels.shape[1:], self.size))
            what = f"is {found} pixels, the other images are {asked}"
            raise InputError(what, where=self.root / name)
        return pixels[list(self.channels)].astype(np.uint16)

    def _channel_first(self, pixels: Any) -> Any:
        left = [axis for axis in self.axes if axis in "cyx"]
        if "c" not in left:
            pixels, left = pixels[None], ["c", *left]
        return np.transpose(pixels, [left.index(axis) for axis in "cyx"])

    def __getstate__(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _STATE)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        for name, value in zip(_STATE, state, strict=True):
            setattr(self, name, value)
        self._open = {}


_STATE = ("root", "paths", "axes", "times", "planes", "channels", "size")


def _hash_of(folder: Path) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + signature(path))
    return digest.digest()
