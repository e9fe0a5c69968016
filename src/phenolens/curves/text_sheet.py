"""A file of text as a sheet: its encoding, its line ends, its separator, its decimal sign."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.curves.sheet import Sheet, cell_of

MOST_BYTES = 64 * 2**20  # of a table of curves, which has a few thousand rows
MOST_CELLS = 5_000_000
_SEPARATORS = "\t;,"
_LOOKED_AT = 60  # lines, for the separator
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


def text_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file with one newline per line, and a note where it is not UTF-8.

    Raises:
        InputError: It cannot be read, is too large, or has a byte that no text has.
    """
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path, "rb") as file:
                content = file.read(MOST_BYTES + 1)
        else:
            with path.open("rb") as plain:
                content = plain.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError("no such file", where=path) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be read: {error}", where=path, fix="copy it again") from error
    if len(content) > MOST_BYTES:
        raise InputError(
            f"has more than {MOST_BYTES // 2**20} MB, too much for a table of curves", where=path
        )
    text, notes = _decoded(content)
    if "\0" in text:
        raise InputError("is not text: it has a NUL", where=path, fix="export it again")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def text_sheet(path: Path) -> Sheet:
    """Return a delimited file as a sheet.

    Raises:
        InputError: As `text_of`; or decimal points and decimal commas are mixed.
    """
    text, notes = text_of(path)
    separator = _separator(text)
    if text.count(separator) + text.count("\n") > MOST_CELLS:
        what = f"has more than {MOST_CELLS:,} cells, too many for a table of curves"
        raise InputError(what, where=path)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise InputError(f"cannot be read as a table: {error}", where=path) from error
    if separator != ",":
        rows, commas = _with_points(rows, path)
        notes += ("decimal commas were read as points",) * commas
    return Sheet(path, [[cell_of(cell) for cell in row] for row in rows], notes=notes)


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), ("its encoding is UTF-16",)
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return content.decode("latin-1"), ("its encoding is Latin-1, not UTF-8",)


def _separator(text: str) -> str:
    """Return the sign that most lines have, tabs before semicolons before commas."""
    lines = [line for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip()]

    def lines_with(sign: str) -> int:
        return sum(sign in line for line in lines)

    return max(_SEPARATORS, key=lines_with)


def _with_points(rows: list[list[str]], path: Path) -> tuple[list[list[str]], bool]:
    """Return the cells with decimal points, and whether they had commas."""
    cells = [cell.strip() for row in rows for cell in row]
    if not any(map(_COMMA.fullmatch, cells)):
        return rows, False
    point = next((cell for cell in cells if _POINT.fullmatch(cell)), "")
    if point:
        comma = next(cell for cell in cells if _COMMA.fullmatch(cell))
        raise InputError(
            f"has decimal commas ({comma}) and decimal points ({point})",
            where=path,
            fix="export it with one decimal sign",
        )
    return [
        [cell.replace(",", ".") if _COMMA.fullmatch(cell.strip()) else cell for cell in row]
        for row in rows
    ], True
