"""What a worker of a cluster does: it looks whether it sees the files, and reads images."""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.screen import Identify, Images, Read, Rows, UnreadableImage
from phenolens.store.looks import Look

if TYPE_CHECKING:
    from phenolens.store.reading import Reading

_LOOKED_AT = 8  # images
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, eq=False)
class WorkerReply:
    """What a worker read.

    Attributes:
        images: Pixels; zeros where an image could not be read.
        failed: Places of these images.
        looks: What was measured of each, where all were read.
    """

    images: Images
    failed: tuple[int, ...] = ()
    looks: np.ndarray | None = None


@dataclass(slots=True, eq=False)
class OnWorker:
    """How a worker reads a screen.

    Attributes:
        reader: What reads the pixels.
        identify: Hashes of the files; None: not known.
        shape: (channel, height, width) of an image.
        lenient: Whether images that cannot be read are left to the process that calls.
        rows: Images that are looked at first.
        seen: What the process that calls sees of them.
        code: Hash of the source of its phenolens.
        measured: What is measured of each image.
    """

    reader: Read = field(repr=False)
    identify: Identify | None = field(repr=False)
    shape: tuple[int, int, int]
    lenient: bool
    rows: Rows
    seen: bytes
    code: str
    measured: Look | None = None
    _looked: bool = field(default=False, repr=False)

    @classmethod
    def of(cls, reading: Reading, images: int) -> OnWorker:
        """Return it for a screen; called where the files are seen as they should be.

        Args:
            reading: Of the screen.
            images: How many it has.
        """
        rows = np.unique(np.linspace(0, images - 1, min(_LOOKED_AT, images)).astype(np.int64))
        seen = _seen(reading.read, reading.identify, rows)
        how = (reading.shape, reading.lenient, rows)
        return cls(reading.read, reading.identify, *how, seen, source_hash(), reading.look)

    def look(self) -> None:
        """Raise where this worker does not see the files as the process that calls does.

        Raises:
            InputError: It does not, or its phenolens has other source files.
        """
        if self._looked:
            return
        place = f"{socket.gethostname()}, process {os.getpid()}"
        if self.code != source_hash():
            what = "its phenolens has other source files than that of the process that called"
            fix = "install the same version on every worker, and start it again"
            raise InputError(what, where=place, fix=fix)
        if self.seen != _seen(self.reader, self.identify, self.rows):
            what = "it does not see the image files that the process that called sees"
            fix = "mount their folder on every worker under the same path, or start workers where "
            raise InputError(what, where=place, fix=f"{fix}it is")
        self._looked = True

    def read(self, rows: Rows) -> WorkerReply:
        """Return the pixels of these rows.

        Raises:
            InputError: As `look`; or an image cannot be read, and none may be left out.
        """
        self.look()
        try:
            images = self.reader(rows)
            fits = images.shape[1:] == self.shape  # else the process that calls names it
            looks = self.measured(images) if fits and self.measured is not None else None
            return WorkerReply(images, looks=looks)
        except UnreadableImage:
            if not self.lenient:
                raise
        images = np.zeros((len(rows), *self.shape), dtype=np.uint16)
        failed = []
        for place in range(len(rows)):
            try:
                images[place] = self.reader(rows[place : place + 1])[0]
            except UnreadableImage:
                failed.append(place)
        return WorkerReply(images, tuple(failed))

    def __getstate__(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _STATE)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        for name, value in zip(_STATE, state, strict=True):
            setattr(self, name, value)
        self._looked = False  # another process looks for itself


_STATE = ("reader", "identify", "shape", "lenient", "rows", "seen", "code", "measured")


def arrived(work: OnWorker) -> OnWorker:
    """Return what came with the task, so that it is on the workers once and not in every task."""
    return work


@cache
def source_hash() -> str:
    """Return a hash of the source files of this phenolens."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _seen(read: Read, identify: Identify | None, rows: Rows) -> bytes:
    """Return a hash of a few images, by their files where they are known."""
    digest = hashlib.sha256()
    if identify is not None:
        digest.update(identify(rows).tobytes())
        return digest.digest()
    for row in rows[:1]:
        try:
            digest.update(np.ascontiguousarray(read(np.array([row]))).tobytes())
        except UnreadableImage:
            digest.update(b"unreadable")
    return digest.digest()
