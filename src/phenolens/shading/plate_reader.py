"""Rows -> pixels divided by the shading of their plate, estimated when it is first read."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32, Float64, Int64, Integer, UInt8, UInt16

from phenolens.core.errors import InputError
from phenolens.core.screen import Identify, Read, UnreadableImage
from phenolens.shading.blocks import cut, minima
from phenolens.shading.functions import ShadingFunctions, divide, function_of
from phenolens.shading.smooth import Smoothing

LOG = logging.getLogger("phenolens")
_CHUNK = 4  # images that a thread reads at a time while a plate is estimated
_THREADS = 4  # that read then: one decodes while another waits for the disk
_FEW = 12  # images of a plate: with fewer, cells shape the function
_KEPT = 4  # plates whose functions are in memory at every pixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How a function is estimated.

    Attributes:
        block: Side of the blocks whose minimum is averaged; 0: pixels are averaged.
        smoothing: The filter.
        size: Its size in pixels.
        scale: `minimum` or `mean`; see `functions.function_of`.
        images: Of a plate at most, evenly over its rows; 0: all.
    """

    block: int
    smoothing: Smoothing
    size: float
    scale: str
    images: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class PlateReader:
    """Rows -> corrected pixels; several threads may read, and one estimates.

    In memory are integer sums of one plate while it is estimated, a small grid per plate and
    channel, and the functions of the last four plates at every pixel. The sums do not depend on the
    order of the images.

    Attributes:
        read: What reads the raw counts.
        plates: Plate of every row.
        channels: Names of the channels.
        size: (height, width).
        estimate: How.
        files: Hashes of the files of rows, where they are known.
        lenient: Whether images that cannot be read are passed over while a plate is estimated.
    """

    name: ClassVar[str] = "illumination.npz"

    read: Read
    plates: tuple[str, ...]
    channels: tuple[str, ...]
    size: tuple[int, int]
    estimate: Estimate
    files: Identify | None = None
    lenient: bool = False
    _grids: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _full: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _hashes: dict[str, bytes] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    def __call__(self, rows: Integer[np.ndarray, " n"]) -> UInt16[np.ndarray, "n c h w"]:
        """Return the corrected pixels of these rows."""
        images = self.read(rows)
        made = np.empty_like(images)
        plates = np.array([self.plates[row] for row in rows.tolist()], dtype=object)
        for plate in dict.fromkeys(plates.tolist()):
            its = np.flatnonzero(plates == plate)
            made[its] = divide(images[its], self.function(plate))
        return made

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of the files that each image depends on: its own and its plate's."""
        own = self._own(rows)
        made = np.empty_like(own)
        for i, row in enumerate(rows.tolist()):
            digest = hashlib.sha256(own[i].tobytes() + self._plate_hash(self.plates[row])).digest()
            made[i] = np.frombuffer(digest[:16], dtype=np.uint8)
        return made

    def function(self, plate: str) -> Float32[np.ndarray, "c h w"]:
        """Return the functions of a plate at every pixel; estimates them at the first call."""
        with self._lock:
            if plate not in self._full:
                one = self._of((plate,)).of(plate)
                while len(self._full) >= _KEPT:
                    self._full.pop(next(iter(self._full)))
                self._full[plate] = one
            return self._full[plate]

    def save(self, path: Path) -> None:
        """Write the functions of all plates; those that are not known are estimated."""
        with self._lock:
            self._of(tuple(sorted(set(self.plates)))).save(path)

    def load(self, path: Path) -> None:
        """Take the functions of a file over.

        Raises:
            InputError: It is damaged, or its fields or channels are others.
        """
        found = ShadingFunctions.load(path)
        if (found.channels, found.size) != (self.channels, self.size):
            raise InputError("holds the functions of other fields or channels", where=path)
        with self._lock:
            self._grids.update(zip(found.plates, found.grids, strict=True))
            self._full.clear()

    def _of(self, plates: tuple[str, ...]) -> ShadingFunctions:
        for plate in plates:
            if plate not in self._grids:
                self._grids[plate] = self._estimated(plate)
        grids = np.stack([self._grids[plate] for plate in plates])
        return ShadingFunctions(plates, self.channels, self.size, grids)

    def _estimated(self, plate: str) -> Float32[np.ndarray, "c grid_h grid_w"]:
        rows = self._rows(plate)
        if len(rows) < _FEW:
            what = "plate %s: its illumination is estimated from %d images, of which cells are part"
            LOG.warning(what, plate, len(rows))
        how = self.estimate
        made = [
            function_of(field_, how.smoothing, how.size, how.scale) for field_ in self._mean(rows)
        ]
        return np.stack(made)

    def _mean(self, rows: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, "c h w"]:
        """Return the mean over images of their pixels, or of the minimum of each block."""
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(self._sums, [rows[k::_THREADS] for k in range(_THREADS)]))
        count = sum(images for _, images in found)
        if not count:
            return np.zeros((len(self.channels), *self.size))
        mean = np.sum([sums for sums, images in found if images], axis=0) / count
        return _expanded(mean, self.size) if self.estimate.block else mean

    def _sums(
        self, rows: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, "c block_h block_w"], int]:
        """Return the sum over images of what their mean is taken of, and how many there are."""
        block, count = self.estimate.block, 0
        sums = np.zeros((len(self.channels), 0, 0), dtype=np.int64)
        for images in self._images(rows):
            light = (minima(images, block) if block else images).sum(axis=0, dtype=np.int64)
            sums = sums + light if count else light
            count += len(images)
        return sums, count

    def _images(self, rows: Int64[np.ndarray, " n"]) -> Iterator[UInt16[np.ndarray, "n c h w"]]:
        for first in range(0, len(rows), _CHUNK):
            part = rows[first : first + _CHUNK]
            try:
                yield self.read(part)
            except UnreadableImage:
                if not self.lenient:
                    raise
                yield from self._readable(part)

    def _readable(self, rows: Int64[np.ndarray, " n"]) -> Iterator[UInt16[np.ndarray, "1 c h w"]]:
        for row in rows[:, None]:
            try:
                yield self.read(row)
            except UnreadableImage as error:
                LOG.debug("not part of the illumination: %s", error)  # the store names it

    def _rows(self, plate: str) -> Int64[np.ndarray, " n"]:
        """Return the rows of a plate that its function is estimated from."""
        rows = np.flatnonzero(np.array(self.plates, dtype=object) == plate)
        most = self.estimate.images or len(rows)
        if len(rows) <= most:
            return rows
        return rows[np.linspace(0, len(rows) - 1, most).round().astype(np.intp)]

    def _own(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        if self.files is None:
            raise InputError("the files of these images are not known")
        return self.files(rows)

    def _plate_hash(self, plate: str) -> bytes:
        if plate not in self._hashes:
            hashes = sorted(one.tobytes() for one in self._own(self._rows(plate)))
            self._hashes[plate] = hashlib.sha256(b"".join(hashes)).digest()
        return self._hashes[plate]

    def __getstate__(self) -> dict[str, Any]:
        left = ("_full", "_hashes", "_lock")
        return {name: getattr(self, name) for name in self.__slots__ if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._full, self._hashes, self._lock = {}, {}, threading.RLock()


def _expanded(
    blocks: Float64[np.ndarray, "c block_h block_w"], size: tuple[int, int]
) -> Float64[np.ndarray, "c h w"]:
    """Return every pixel with the value of its block."""
    for axis, side in enumerate(size, start=1):
        lengths = np.diff([*cut(side, blocks.shape[axis]), side])
        blocks = np.repeat(blocks, lengths, axis=axis)
    return blocks
