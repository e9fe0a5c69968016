"""The bytes of a file of text, gzipped or not: without a NUL, and how the last line ends."""

from __future__ import annotations

import gzip
import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.inside import literal

_CHUNK = 1 << 18
_ENDS = (b"\n", b"\r")


def is_gzipped(path: Path) -> bool:
    """Return whether a file is compressed, by its name."""
    return path.suffix.lower() == ".gz"


class TextBytes(io.RawIOBase):
    """The bytes of a gzipped file as they are read, for pandas.

    Attributes:
        last: The last byte that was read.

    Raises:
        InputError: While reading: a byte is 0, where pandas would cut a value without a word.
    """

    def __init__(self, file: gzip.GzipFile) -> None:
        self.last = b""
        self._file, self._lines = file, 0

    def readable(self) -> bool:
        """Return true: it is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes; return how many there were."""
        found = self._file.read(min(len(buffer), _CHUNK))
        at = found.find(b"\0")
        if at >= 0:
            raise _nul(self._lines + found[:at].count(b"\n") + 1)
        self._lines += found.count(b"\n")
        self.last = found[-1:] or self.last
        buffer[: len(found)] = found
        return len(found)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, TextBytes | None]]:
    """Yield what pandas reads a file from, and what counts its bytes where it is gzipped.

    Raises:
        InputError: A file that is not compressed holds a NUL.
    """
    if is_gzipped(path):
        with gzip.open(path) as packed:
            counted = TextBytes(packed)
            with io.BufferedReader(counted, _CHUNK) as source:
                yield source, counted
        return
    if path.stat().st_size:
        with (
            path.open("rb") as plain,
            mmap.mmap(plain.fileno(), 0, access=mmap.ACCESS_READ) as whole,
        ):
            at = whole.find(b"\0")
            if at >= 0:
                raise _nul(whole[:at].count(b"\n") + 1)
    yield literal(path), None


def ends(path: Path, counted: TextBytes | None) -> bool:
    """Return whether the last line of a file has an end.

    Args:
        path: The file.
        counted: What counted its bytes, if it is gzipped.
    """
    if counted is not None:
        return counted.last in _ENDS
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return file.read(1) in _ENDS


def _nul(row: int) -> InputError:
    return InputError(
        "holds a NUL (0), which is not text", where=f"row {row}", fix="save it as UTF-8"
    )
