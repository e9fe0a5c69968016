"""Metadata tables on disk: found, read and checked, every failure named with its file."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool

from phenolens.core.columns import KNOWN
from phenolens.core.counts import count_and_say
from phenolens.core.errors import InputError, nearest, shown
from phenolens.core.formats.header import read_header
from phenolens.core.formats.npy import table_of
from phenolens.core.inside import literal, permitted
from phenolens.core.reading.blanks import bare_names, stripped
from phenolens.core.reading.flags import is_flag
from phenolens.core.reading.metadata import described
from phenolens.core.reading.place import HEADER
from phenolens.images.problem import Problem

_SHOWN = 6
_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
_READ = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")
TABLES = (*_READ, *_SPREADSHEETS)  # endings of tables; a spreadsheet is refused by its name


def folder(root: Path | str) -> Path:
    """Return the folder.

    Raises:
        InputError: There is no such folder, nothing in it, or it is a file.
    """
    root = Path(root)
    if root.is_file():
        fix = "name the folder that holds the images"
        raise InputError("is a file, and a folder of images is needed", where=root, fix=fix)
    if not root.is_dir():
        raise InputError("no such folder", where=root)
    if not any(root.iterdir()):
        raise InputError("the folder is empty", where=root)
    return root


def find_one(root: Path, *patterns: str) -> Path:
    """Return the one file in a folder that the first matching one of these patterns names.

    Hidden files (of macOS: `._cells.csv`) match no pattern.

    Raises:
        InputError: None matches, or several do; says what the folder contains.
    """
    for pattern in patterns:
        if permitted(pattern, root / pattern).is_file():
            return root / pattern
        found = sorted(p for p in root.glob(pattern) if p.is_file() and not p.name.startswith("."))
        if len(found) == 1:
            return permitted(pattern, found[0])
        if found:
            raise InputError(
                f"'{pattern}' matches {len(found)} files: {_some(p.name for p in found)}",
                where=root,
                fix="name one of them",
            )
    holds = _some(sorted(p.name for p in root.iterdir() if not p.name.startswith(".")))
    raise InputError(f"no file '{patterns[0]}'", where=root, fix=f"the folder contains {holds}")


def read_table(path: Path) -> pd.DataFrame:
    """Return a table as it is in its file: every cell of a delimited one is text, as written.

    Blanks around names and cells are taken off, and rows of blanks left out; the index counts the
    rows of the file, 0 for the first below the header.

    Args:
        path: A CSV, TSV or .txt table (plain or .gz), or parquet.

    Raises:
        InputError: Not such a table, damaged, or without rows.
    """
    if path.suffix.lower() in _SPREADSHEETS:
        fix = "save the sheet as CSV UTF-8"
        raise InputError("is a spreadsheet, which is not read", where=path, fix=fix)
    try:
        return stripped(table_of(path))[0]
    except InputError as error:
        raise error.at(path) from error


def column_names(path: Path) -> list[str]:
    """Return the names of a table's columns, from its header alone; none of any other file."""
    try:
        if path.suffix.lower() == ".parquet":
            with pq.ParquetFile(literal(path)) as file:
                return bare_names(file.schema_arrow.names)
        return bare_names(read_header(path)[1])
    except (InputError, OSError, EOFError, ValueError, csv.Error, zlib.error, pa.ArrowException):
        return []


def as_metadata(table: pd.DataFrame, columns: Mapping[str, str], path: Path) -> pd.DataFrame:
    """Return a table by our names: ids as text, measures as numbers, wells in their one spelling.

    Args:
        table: As `read_table` gives it.
        columns: Our column -> the table's own, where it is not one of the usual names.
        path: Its file, for messages.

    Raises:
        InputError: A named column is absent, two would share a name, or a well is on no plate.
    """
    try:
        return described(table, columns, bare=True)[0]
    except InputError as error:
        raise of_table(error, path) from error


def of_table(error: InputError, path: Path) -> InputError:
    """Return an error with the table that it is about, and the option that a layout has for it."""
    fix = error.fix.replace("--column ", "--set columns.")  # of the commands that read tables
    return InputError(error.what, where=error.where, fix=fix).at(path)


def require(table: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Raise InputError where a table lacks a column, with the nearest one it has."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        hint = nearest(missing[0], table.columns, "the table has")
        if missing[0] in KNOWN:
            hint = f'name it with columns = {{ {missing[0]} = "..." }}; {hint}'
        raise InputError(f"lacks column {', '.join(map(repr, missing))}", where=path, fix=hint)


def rows_where(
    rows: pd.Index, bad: Bool[np.ndarray, " n"], kind: str, where: str, what: str, fix: str = ""
) -> Iterator[Problem]:
    """Yield one problem for every row of a table that is bad.

    Args:
        rows: (n,) index of the table, as `read_table` gives it.
        bad: Which rows.
        kind: Of the problem.
        where: The table's name.
        what: What is wrong with each row.
        fix: How to fix it.
    """
    for i in np.flatnonzero(bad):
        yield Problem(kind, where, int(rows[i]) + HEADER, what, fix)


def gaps(table: pd.DataFrame, columns: Iterable[str], where: str) -> Iterator[Problem]:
    """Yield a problem for every missing value in columns that must be full."""
    for name in columns:
        empty = table[name].isna().to_numpy()
        fix = "fill it in, or remove the row"
        yield from rows_where(table.index, empty, "missing value", where, f"no {name}", fix)


def repeats(table: pd.DataFrame, columns: list[str], where: str) -> Iterator[Problem]:
    """Yield a problem for every row that names the same thing as a row before it."""
    known = table[columns].dropna()
    first = known.drop_duplicates().reset_index(names="row").set_index(columns)["row"]
    for row in known.index[known.duplicated()]:
        key = tuple(known.loc[row, columns])
        other = int(first.loc[key if len(columns) > 1 else key[0]]) + HEADER
        same = ", ".join(f"{n} {v}" for n, v in zip(columns, key, strict=True))
        what = f"repeats row {other} ({same})"
        yield Problem("duplicate row", where, int(row) + HEADER, what, "remove one of them")


def odd_controls(table: pd.DataFrame, where: str) -> Iterator[Problem]:
    """Yield a problem for every `control` that is neither true, false nor missing."""
    if "control" not in table.columns:
        return
    values = table["control"]
    for value in pd.unique(values.dropna()):
        if not is_flag(value):
            what = f"control is {shown(value)}, neither true nor false"
            fix = "write true or false, yes or no, 1 or 0; leave it empty for no control"
            bad = (values == value).to_numpy(dtype=bool, na_value=False)
            yield from rows_where(table.index, bad, "control", where, what, fix)


def note(
    kind: str, where: str, names: Sequence[str], what: str, count: int | None = None
) -> Problem:
    """Return a note: how many (unless given, as many as names), what, and the first names."""
    count = len(names) if count is None else count
    return Problem(
        kind, where, None, f"{count_and_say(count, what)}: {_some(names)}", serious=False
    )


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more
