"""The bytes of a file of text, gzipped or not: no NUL, not too many lines, how the last ends."""

from __future__ import annotations

import gzip
import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.formats import memory
from phenolens.core.inside import literal

_CHUNK = 1 << 18
_ENDS = (b"\n", b"\r")
_BLANK = b" \t,;\r\n"
_MOST_BLANK = 1 << 21  # lines one after another; a spreadsheet has half as many rows


def is_gzipped(path: Path) -> bool:
    """Return whether a file is compressed, by its name."""
    return path.suffix.lower() == ".gz"


class TextBytes(io.RawIOBase):
    """The bytes of a gzipped file as they are read, for pandas.

    Attributes:
        last: The last byte that was read.

    Raises:
        InputError: While reading: a byte is 0, where pandas would cut a value without a word; or
            more lines than fit into memory, or than a table has in its blank part.
    """

    def __init__(self, file: gzip.GzipFile, columns: int = 1) -> None:
        self.last = b""
        self._file, self._lines, self._blank = file, 0, 0
        self._columns, self._most = columns, _most_lines(columns)

    def readable(self) -> bool:
        """Return true: it is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes; return how many there were."""
        found = self._file.read(min(len(buffer), _CHUNK))
        at = found.find(b"\0")
        if at >= 0:
            raise _nul(self._lines + found[:at].count(b"\n") + 1)
        lines = _lines(found)
        self._lines += lines
        self._blank = self._blank + lines if found and not found.strip(_BLANK) else 0
        if self._lines > self._most:
            raise _too_many(self._most, self._columns)
        if self._blank > _MOST_BLANK:
            raise InputError(
                f"has more than {_MOST_BLANK} blank lines one after another",
                where=f"row {self._lines - self._blank + 1}",
                fix="delete them, or export it again",
            )
        self.last = found[-1:] or self.last
        buffer[: len(found)] = found
        return len(found)


@contextmanager
def opened(path: Path, columns: int = 1) -> Iterator[tuple[Any, TextBytes | None]]:
    """Yield what pandas reads a file from, and what counts its bytes where it is gzipped.

    Args:
        path: The file.
        columns: How many its header names.

    Raises:
        InputError: A file that is not compressed holds a NUL, or more lines than fit into memory.
    """
    if is_gzipped(path):
        with gzip.open(path) as packed:
            counted = TextBytes(packed, columns)
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
            most = _most_lines(columns)
            if len(whole) > most:
                starts = range(0, len(whole), _CHUNK)
                if sum(_lines(whole[start : start + _CHUNK]) for start in starts) > most:
                    raise _too_many(most, columns)
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


def _lines(found: bytes) -> int:
    return max(found.count(end) for end in _ENDS)


def _most_lines(columns: int) -> float:
    """Return how many lines fit into memory: of each cell its text, its place there, its value."""
    free = memory.free_memory()
    return float("inf") if free is None else free / (24 * (1 + columns))


def _too_many(most: float, columns: int) -> InputError:
    return InputError(
        f"has more than {int(most)} rows of {columns} columns, which is too much for the memory "
        "that is free",
        fix=memory.FIX,
    )


def _nul(row: int) -> InputError:
    return InputError(
        "holds a NUL (0), which is not text", where=f"row {row}", fix="save it as UTF-8"
    )
