"""Rows of a screen -> uint16 pixels from image files, every failure named with file and row."""

from __future__ import annotations

import errno
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Integer, Shaped, UInt8, UInt16

from phenolens.core.errors import InputError
from phenolens.core.mirror import mirror_of
from phenolens.core.screen import UnreadableImage
from phenolens.images.read import Header, read_image
from phenolens.images.signature import signature

_AT_ONCE = 16  # files of a server
_MOST_SPARE = 512  # images
LEAVE_OUT = 'leave such images out with unreadable = "leave_out"'
# The file is damaged or gone. Other errors of the system (rights, a lost network disk) are not its
# fault, and concern every file.
_OF_THE_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO}


@dataclass(frozen=True, slots=True, eq=False)
class FileReader:
    """Rows of a screen -> pixels, from files: one per channel, or one multi-channel file per row.

    Attributes:
        root: Folder that the paths start from.
        paths: (n, k) paths; the channels of a row's k files are concatenated.
        channels: Channels of a row, over all its files.
        size: (height, width) that every file must have.
        table: Name of the table that lists the files, for messages; empty if there is none.
        lines: (n,) row of each image in that table.
        frames: (n,) which time of its files each row is; None: a file has one.
    """

    root: Path
    paths: Shaped[np.ndarray, "n k"] = field(repr=False)
    channels: int
    size: tuple[int, int]
    table: str = ""
    lines: Integer[np.ndarray, " n"] | None = field(default=None, repr=False)
    frames: Integer[np.ndarray, " n"] | None = field(default=None, repr=False)
    # Of a server: rows of a read that failed, each with its pixels or its own error. They are read
    # one by one then, to find which is damaged, and need not be fetched again.
    _spare: dict[int, UInt16[np.ndarray, "channel height width"] | InputError] = field(
        default_factory=dict, repr=False
    )

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the pixels of these rows.

        Raises:
            UnreadableImage: A file is missing or damaged: names file and row.
            InputError: It is of another shape, or may not be read.
        """
        if len(rows) > 1 and mirror_of(self.root / self.paths[rows[0], 0]):
            return self._at_once(rows)
        if len(rows) == 1 and (spare := self._spare.pop(int(rows[0]), None)) is not None:
            if isinstance(spare, InputError):
                raise spare
            return spare[None]
        images = np.empty((len(rows), self.channels, *self.size), dtype=np.uint16)
        for place, row in enumerate(rows.tolist()):
            images[place] = self._named_row(row)
        return images

    def _at_once(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the pixels of rows whose files are on a server: they wait for the network."""
        images = np.empty((len(rows), self.channels, *self.size), dtype=np.uint16)

        def read(place: int) -> InputError | None:
            try:
                images[place] = self._named_row(int(rows[place]))
            except InputError as error:
                return error
            return None

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            errors = list(pool.map(read, range(len(rows))))
        first = next((error for error in errors if error is not None), None)
        if first is None:
            return images
        if len(self._spare) > _MOST_SPARE:
            self._spare.clear()
        for row, image, error in zip(rows.tolist(), images, errors, strict=True):
            self._spare[row] = image if error is None else error
        raise first

    def _named_row(self, row: int) -> UInt16[np.ndarray, "channel height width"]:
        """Return the pixels of a row; an error names its row in the table."""
        try:
            return self._row(row)
        except InputError as error:
            raise self._with_row(error, row) from error

    def identify(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return a hash of the files of each row: their paths, and their `signature`s.

        The paths are those below the root, so that a copied folder has the same hashes. They are
        part of it because two images of one size may share their first, middle and last bytes.
        """
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for place, row in enumerate(rows.tolist()):
            digest = hashlib.sha256()
            for name in self.paths[row]:
                digest.update(f"{name}\0".encode())
                digest.update(self._signature(str(name)))
            if self.frames is not None:
                digest.update(f"\0{int(self.frames[row])}".encode())
            hashes[place] = np.frombuffer(digest.digest()[:16], dtype=np.uint8)
        return hashes

    def _signature(self, name: str) -> bytes:
        try:
            return signature(self.root / name)
        except OSError as error:  # named when it is read, if it is
            return str(error.errno).encode()

    def _row(self, row: int) -> UInt16[np.ndarray, "channel height width"]:
        files = [self.root / name for name in self.paths[row]]
        frame = None if self.frames is None else int(self.frames[row])
        images = [_readable(file, frame) for file in files]
        wanted = Header(self.channels // len(files), self.size, "uint16")
        for file, image in zip(files, images, strict=True):
            fits(Header(len(image), image.shape[1:], "uint16"), wanted, file)
        return np.concatenate(images)

    def _with_row(self, error: InputError, row: int) -> InputError:
        """Return the error with the table and its row, if there is one, before the file."""
        if self.lines is None:
            return error
        place = f"{self.table} row {int(self.lines[row])}"
        return type(error)(f"{error.where} {error.what}", where=place, fix=error.fix)


def _readable(file: Path, frame: int | None) -> UInt16[np.ndarray, "channel height width"]:
    """Return the pixels of a file; a file that is missing or damaged has its own error."""
    try:
        return read_image(file, frame)
    except InputError as error:
        if not of_the_file(error):
            raise
        raise UnreadableImage(error.what, where=error.where, fix=way_out(error)) from error


def of_the_file(error: InputError) -> bool:
    """Return whether a file is to blame, not the disk or the memory."""
    cause = error.__cause__
    others = isinstance(cause, OSError) and cause.errno not in _OF_THE_FILE
    return not (others or isinstance(cause, MemoryError))


def way_out(error: InputError) -> str:
    """Return how to fix an image that cannot be read: by its own fix, or without it."""
    return f"{error.fix}, or {LEAVE_OUT}" if error.fix else f"copy it, or {LEAVE_OUT}"


def fits(header: Header, wanted: Header, path: Path) -> None:
    """Raise InputError where a file is not of the screen's size and channels."""
    if header.size != wanted.size:
        found, asked = (" x ".join(map(str, pair)) for pair in (header.size, wanted.size))
        raise InputError(
            f"is {found} pixels, the other images are {asked}",
            where=path,
            fix="all images of a screen must have one size: put these into a separate screen",
        )
    if header.channels != wanted.channels:
        plural = "s" * (header.channels > 1)
        raise InputError(
            f"has {header.channels} channel{plural}, expected {wanted.channels}",
            where=path,
            fix="every page of a TIFF and every colour of an RGB image counts as a channel",
        )
