"""Sheet: the cells of one table, whichever file they come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.formats.parts import refuse_duplicates, without_unnamed
from phenolens.core.reading.blanks import MISSING, bare, bare_names
from phenolens.core.reading.hours import unit_in_name
from phenolens.core.reading.numbers import numbers
from phenolens.core.reading.place import HEADER
from phenolens.curves.clock import Clock

Cell = str | float | int | bool | None
_MOST_ABOVE = 60  # rows that a header is looked for in
_ELAPSED = re.compile("(?i)elapsed")
_TIME = re.compile("(?i)(metadata_)?t")


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The cells of one table.

    Attributes:
        path: Its file.
        rows: Row by row; text has no blanks around it, empty cells are None.
        name: Of the sheet in a workbook; empty in a file of text.
        notes: What was changed while it was read, as its encoding.
    """

    path: Path
    rows: Sequence[Sequence[Cell]]
    name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The file, and the sheet if it has several."""
        return f"{self.path}, sheet '{self.name}'" if self.name else str(self.path)

    @property
    def short(self) -> str:
        """The name of the file without its folder, and the sheet."""
        return f"{self.path.name}, sheet '{self.name}'" if self.name else self.path.name

    @property
    def title(self) -> str:
        """The name of the file without its endings."""
        return self.path.name.removesuffix(".gz").rpartition(".")[0] or self.path.name

    def texts(self, row: int) -> list[str]:
        """Return a row as text, empty where a cell is."""
        return ["" if cell is None else str(cell) for cell in self.rows[row]]

    def header(self) -> int | None:
        """Return the first row that names a column of times; None if there is none."""
        for row in range(min(len(self.rows), _MOST_ABOVE)):
            if time_column(self.texts(row)) is not None:
                return row
        return None

    def above(self, row: int) -> dict[str, str]:
        """Return what the lines above a row say: `Label: N206` is `{"label": "N206"}`."""
        said = {}
        for place in range(row):
            key, colon, value = next(iter(self.texts(place)), "").partition(":")
            if colon and value.strip():
                said[key.strip().lower()] = value.strip()
        return said

    def cells(self, place: int, first: int) -> pd.Series:
        """Return the cells of a column from a row on; the index is as that of `column`."""
        found = [row[place] if place < len(row) else None for row in self.rows[first:]]
        index = pd.RangeIndex(first + 1 - HEADER, first + 1 - HEADER + len(found))
        return pd.Series(found, index=index, dtype=object)

    def times(self, place: int, first: int, clock: Clock) -> np.ndarray:
        """Return the hours of a column of times from a row on, NaN where a cell is empty.

        Raises:
            InputError: A cell is not a time: names file, column and row.
        """
        try:
            return clock.read(self.cells(place, first))
        except InputError as error:
            raise error.at(self.where) from error

    def column(self, place: int, first: int, name: str) -> pd.Series:
        """Return the numbers of a column from a row on, NaN where a cell is empty.

        The index is that of a table with its header in row 1 of the file, for messages.

        Raises:
            InputError: A cell is not a number: names file, column and row.
        """
        try:
            read = numbers(self.cells(place, first), name)
        except InputError as error:
            raise error.at(self.where) from error
        return read.astype("float64")

    def table(self) -> pd.DataFrame:
        """Return the rows below the first one, which names the columns, without blank rows.

        The index counts the rows below the header from 0.

        Raises:
            InputError: A name appears twice, or a row has more cells than the header.
        """
        names = bare_names(self.texts(0))
        try:
            refuse_duplicates(names)
        except InputError as error:
            raise error.at(self.where) from error
        for row, cells in enumerate(self.rows[1:]):
            if any(cell is not None for cell in cells[len(names) :]):
                what = f"row {row + HEADER} has more cells than the header has names"
                raise InputError(what, where=self.where, fix="name every column")
        width = len(names)
        padded = [(*row[:width], *[None] * (width - len(row))) for row in self.rows[1:]]
        return without_unnamed(pd.DataFrame(padded, columns=names, dtype=object)).dropna(how="all")


def cell_of(value: object) -> Cell:
    """Return a cell as a sheet holds it."""
    if isinstance(value, str):
        text = value.strip() if value.isascii() else bare(value)
        return None if text in MISSING else text
    if value is None or isinstance(value, bool | int | float):
        return None if isinstance(value, float) and value != value else value
    return str(value)


def time_column(names: Sequence[str]) -> int | None:
    """Return the place of the column of times, `Elapsed` before any other; None if there is none.

    Example:
        >>> time_column(["Time", "Elapsed", "Control"]), time_column(["Drug", "Viability"])
        (1, None)
    """
    found = [place for place, name in enumerate(names) if unit_in_name(name) is not None]
    best = [place for place in found if _ELAPSED.search(names[place])]
    named = [place for place in found if _TIME.match(names[place])]  # before `Hours`, `Day`
    return next(iter(best or named or found), None)
