"""Rows with fewer cells than the header, and files that end within a row.

pandas fills such rows with missing values without a word: a file that was cut while it was copied
would lose measurements.
"""

from __future__ import annotations

import csv
import gzip
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.formats.text_bytes import is_gzipped
from phenolens.core.reading.blanks import UNNAMED
from phenolens.core.reading.place import row_of

_LOG = logging.getLogger("phenolens")
_FIX = "fill the row or delete it; if the file was cut, copy or export it again"


def refuse_short_rows(path: Path, frame: pd.DataFrame, separator: str, *, ends: bool) -> None:
    """Raise where a row lacks the cell of a measurement, or the last row is cut.

    Rows that lack cells of text alone are named in the log: spreadsheets leave out blank cells at
    the end of a row.

    Args:
        path: The file.
        frame: What was read, its index the rows below the header (from 0) as they are in the file.
        separator: What separates the cells.
        ends: The last line has an end.

    Raises:
        InputError: Names the row, and how many cells it has.
    """
    known = [i for i, name in enumerate(frame.columns) if not _empty(frame, i, str(name))]
    width = max(known, default=-1) + 1
    # A row that lacks cells lacks the last one.
    if width < 2 or not frame.iloc[:, width - 1].isna().any():
        return
    measured = [i for i in known if frame.dtypes.iloc[i].kind != "O"]
    least = max(measured, default=-1) + 1  # cells of a row that lacks no measurement
    last = len(frame) - 1
    short, first, lacks = 0, -1, None
    for row, cells in _rows(path, separator, frame):
        if cells >= width:
            continue
        short, first = short + 1, row if first < 0 else first
        if lacks is None and (cells < least or (row == last and not ends)):
            lacks = row, cells
    if lacks is not None:
        raise InputError(
            f"has {lacks[1]} cells, and the header {width} ({count_of(short, 'such row')})",
            where=row_of(frame.index, lacks[0]),
            fix=_FIX,
        )
    if short:
        _LOG.warning(
            "%s: %d rows have fewer cells than the header, the first is %s; the others are taken "
            "as blank",
            *(path.name, short, row_of(frame.index, first)),
        )


def warn_of_a_cut(path: Path, frame: pd.DataFrame, *, ends: bool) -> None:
    """Say that the last line has no end, where a number at the end of it may have been cut.

    Args:
        path: The file.
        frame: What was read.
        ends: The last line has an end.
    """
    if ends or not len(frame) or frame.dtypes.iloc[-1].kind not in "if":
        return
    value, name = frame.iloc[-1, -1], frame.columns[-1]
    if pd.notna(value):
        _LOG.warning(
            "%s: the last line has no end; if the file was cut, '%s' in %s is not all of the "
            "number: %s",
            *(path.name, name, row_of(frame.index, len(frame) - 1), value),
        )


def _empty(frame: pd.DataFrame, place: int, name: str) -> bool:
    return name.startswith(UNNAMED) and bool(frame.iloc[:, place].isna().all())


def _rows(path: Path, separator: str, frame: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Yield each row that is not blank: its place in the table, and how many cells it has."""
    opener: Any = gzip.open if is_gzipped(path) else open
    above = int(frame.index[0]) + 1  # blank lines, and the header
    blank = f"{separator} \t\r\n"
    # Each byte is a character: separators and quotes are ASCII.
    with opener(path, "rt", encoding="latin-1", newline="") as file:
        for number, row in enumerate(_records(file)):
            if number >= above and row.strip(blank):
                yield number - above, _cells(row, separator)


def _records(lines: Iterable[str]) -> Iterator[str]:
    """Yield rows: a line, or several where a quoted cell has ends of lines in it."""
    row = ""
    for line in lines:
        row = row + line if row else line
        if '"' not in row or row.count('"') % 2 == 0:
            yield row
            row = ""
    if row:
        yield row


def _cells(row: str, separator: str) -> int:
    if '"' not in row:
        return row.count(separator) + 1
    return len(next(csv.reader([row], delimiter=separator), []))
