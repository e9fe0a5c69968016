"""One spelling of wells: `A1`, `a01` and `A01` are one; what is on no plate is refused."""

from __future__ import annotations

import re

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.reading.blanks import on_distinct
from phenolens.core.reading.place import row_of

ROWS, COLUMNS = 32, 48  # of the largest plate, 1536 wells: A to AF, 1 to 48
_FORMATS = ((2, 3), (3, 4), (4, 6), (6, 8), (8, 12), (16, 24), (ROWS, COLUMNS))
_DIGITS = 9  # of a number that is looked at: a longer one is not a well, and slow to read
_WELL = re.compile(r"([A-Za-z]{1,2})[ _:-]?([0-9]{1,3})")
_TURNED = re.compile(r"([0-9]{1,2})([A-Za-z]{1,2})")
_ROW_COLUMN = re.compile(r"[Rr]([0-9]{1,2})[ _-]?[Cc]([0-9]{1,2})")
_WHOLE = re.compile(r"[0-9]+")  # no digits of other scripts
_LETTERS = re.compile("[A-Za-z]+")
_LEAST = 2  # rows and columns of a platemap in the form of a plate
_SHOWN = 40  # characters of a value in a message


def well_name(text: str) -> str | None:
    """Return the one spelling of a well, None if no plate has it; a bare number stays.

    Example:
        >>> [well_name(text) for text in ("a1", "P24", "aa-1", "r02c03", "A49", "7")]
        ['A01', 'P24', 'AA01', 'B03', None, '7']
    """
    if _WHOLE.fullmatch(text):
        return text if len(text) <= _DIGITS and 1 <= int(text) <= ROWS * COLUMNS else None
    by_number = _ROW_COLUMN.fullmatch(text)
    if by_number:
        return named(int(by_number[1]), int(by_number[2]))
    turned = _TURNED.fullmatch(text)
    found = _WELL.fullmatch(turned[2] + turned[1] if turned else text.replace(" - ", "-"))
    return named(row_number(found[1]), int(found[2])) if found else None


def row_number(letters: str) -> int:
    """Return the number of a row, from 1: `A` is 1, `AA` 27.

    Example:
        >>> row_number("P"), row_number("af")
        (16, 32)
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def named(row: int, column: int) -> str | None:
    """Return the well at a row and a column, both from 1; None if no plate has it."""
    if not (1 <= row <= ROWS and 1 <= column <= COLUMNS):
        return None
    letters = chr(ord("A") + row - 1) if row <= 26 else "A" + chr(ord("A") + row - 27)
    return f"{letters}{column:02d}"


def plate_format(rows: int, columns: int, least: int = 6) -> tuple[int, int]:
    """Return rows and columns of the smallest usual plate that has these wells.

    Args:
        rows: The last row that occurs, from 1.
        columns: The last column.
        least: Wells that the plate has at least.

    Example:
        >>> plate_format(7, 11), plate_format(8, 13), plate_format(2, 3), plate_format(2, 3, 96)
        ((8, 12), (16, 24), (2, 3), (8, 12))
    """
    return next(
        ((r, c) for r, c in _FORMATS if rows <= r and columns <= c and r * c >= least),
        _FORMATS[-1],
    )


def well_at(row: str, column: str) -> str | None:
    """Return the well at a row (letters, or a number from 1) and a column; None if no plate has it.

    Example:
        >>> well_at("B", "3"), well_at("02", "03"), well_at("B", "x")
        ('B03', 'B03', None)
    """
    if not _WHOLE.fullmatch(column) or max(len(row), len(column)) > _DIGITS:
        return None
    return named(_row(row), int(column))


def refuse_grid(table: pd.DataFrame) -> None:
    """Raise if a table has the form of a plate: letters of rows, then a column for each column.

    Raises:
        InputError: It does.
    """
    names = [str(name).strip() for name in table.columns[1:]]
    if len(names) < _LEAST or names != [str(i + 1) for i in range(len(names))]:
        return
    letters = [str(value).strip() for value in table.iloc[:, 0].dropna()]
    numbers = [row_number(x) if _LETTERS.fullmatch(x) else 0 for x in letters]
    in_turn = len(numbers) >= _LEAST and numbers == list(range(1, len(numbers) + 1))
    if in_turn and named(len(numbers), len(names)):
        raise InputError(
            f"has the form of a plate (rows {letters[0]} to {letters[-1]}, columns 1 to "
            f"{names[-1]})",
            fix="write one row for each well, with columns such as well and compound",
        )


def well_names(values: pd.Series, name: str = "well") -> pd.Series:
    """Return a column of wells in their one spelling; missing stays missing.

    Args:
        values: Text.
        name: The column, for the message.

    Raises:
        InputError: A value is on no plate of up to 1536 wells: names it and its row.
    """
    made = on_distinct(values, lambda text: well_name(str(text)))
    bad = (made.isna() & values.notna()).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"'{name}' is {str(values.iloc[row])[:_SHOWN]!r}, which is not a well of a plate "
            f"({count_of(int(bad.sum()), 'such value')})",
            where=row_of(values.index, row),
            fix="write it as A01 (rows A to AF, columns 1 to 48), or name the right column: "
            "--column well=...",
        )
    return made


def from_rows_and_columns(rows: pd.Series, columns: pd.Series) -> pd.Series:
    """Return the wells at rows (letters, or numbers from 1) and columns (numbers from 1).

    Raises:
        InputError: No plate has a row or column: names both.
    """
    made: list[str | None] = []
    for place, (row, column) in enumerate(zip(rows, columns, strict=True)):
        if pd.isna(row) or pd.isna(column):
            made.append(None)
            continue
        text = str(row).removesuffix(".0")
        whole = str(column).removesuffix(".0")
        well = well_at(text, whole)
        if well is None:
            raise InputError(
                f"row {text[:_SHOWN]} and column {whole[:_SHOWN]} are not a well of a plate",
                where=row_of(rows.index, place),
                fix="rows and columns count from 1",
            )
        made.append(well)
    return pd.Series(made, index=rows.index, dtype=object)


def _row(text: str) -> int:
    """Return the number of a row, from its letters or its number; 0 if it is neither."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return row_number(text) if _LETTERS.fullmatch(text) else 0
