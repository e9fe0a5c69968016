"""Metadata tables on disk: found, read and checked, every failure named with its file."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool

from phenolens.core.columns import KNOWN, to_ours
from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.header import read_header, separator_of
from phenolens.core.inside import permitted
from phenolens.core.reading.blanks import bare, stripped
from phenolens.images.problem import Problem

HEADER = 2  # the first row beneath the header is row 2, as a spreadsheet shows it
_SHOWN = 6
# Read as text: a plate `0042` is not the number 42.
_TEXT = ("plate", "well", "cell", "compound", "treatment", "batch", "moa")
_UNREADABLE = (
    pd.errors.ParserError,
    UnicodeDecodeError,
    EOFError,
    OSError,
    zlib.error,
    pa.ArrowException,
)


def folder(root: Path | str) -> Path:
    """Return the folder.

    Raises:
        InputError: There is no such folder, or nothing in it.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError("no such folder", where=root)
    if not any(root.iterdir()):
        raise InputError("the folder is empty", where=root)
    return root


def find_one(root: Path, *patterns: str) -> Path:
    """Return the one file in a folder that the first matching one of these patterns names.

    Raises:
        InputError: None matches, or several do; says what the folder contains.
    """
    for pattern in patterns:
        if permitted(pattern, root / pattern).is_file():
            return root / pattern
        found = sorted(p for p in root.glob(pattern) if p.is_file())
        if len(found) == 1:
            return permitted(pattern, found[0])
        if found:
            raise InputError(
                f"'{pattern}' matches {len(found)} files: {_some(p.name for p in found)}",
                where=root,
                fix="name one of them",
            )
    holds = _some(sorted(p.name for p in root.iterdir()))
    raise InputError(f"no file '{patterns[0]}'", where=root, fix=f"the folder contains {holds}")


def read_table(path: Path, text: Iterable[str] = ()) -> pd.DataFrame:
    """Return a CSV, TSV (plain or .gz) or parquet table; plates, wells and names stay text.

    Blanks around names and cells are taken off. A `.txt` file is separated by tabs or commas.

    Args:
        path: The file.
        text: Further columns to read as text.

    Raises:
        InputError: Not such a table, damaged, or without rows.
    """
    as_text = dict.fromkeys((*text, *_TEXT, *(n for ours in _TEXT for n in KNOWN[ours])), str)
    try:
        if path.suffix.lower() == ".parquet":
            table = pd.read_parquet(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                table = _delimited(path, separator_of(path), as_text)
                if table.shape[1] == 1:  # refused by name, unless it is a .txt with commas
                    table = _delimited(path, read_header(path)[2], as_text)
    except InputError as error:
        raise error.at(path) from error
    except pd.errors.EmptyDataError as error:
        raise InputError("the table is empty", where=path) from error
    except pd.errors.ParserWarning as error:
        raise InputError("a row has more cells than the header", where=path) from error
    except _UNREADABLE as error:
        what = f"the table cannot be read: {str(error).strip()}"
        raise InputError(what, where=path, fix="correct the file, or export it again") from error
    if table.empty:
        raise InputError("the table has no rows", where=path)
    return stripped(table)[0].reset_index(drop=True)


def _delimited(path: Path, separator: str, text: Mapping[str, type]) -> pd.DataFrame:
    """Return a delimited table, some of its columns as text."""
    header = pd.read_csv(path, sep=separator, nrows=0, index_col=False).columns
    types = {name: str for name in header if bare(str(name)) in text}
    return pd.read_csv(path, sep=separator, dtype=types, index_col=False)


def by_our_names(table: pd.DataFrame, columns: Mapping[str, str], path: Path) -> pd.DataFrame:
    """Return the table under our column names; errors name the file."""
    try:
        return to_ours(table, columns)
    except InputError as error:
        raise error.at(path) from error


def require(table: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Raise InputError where a table lacks a column, with the nearest one it has."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        hint = nearest(missing[0], table.columns, "the table has")
        if missing[0] in KNOWN:
            hint = f'name it with columns = {{ {missing[0]} = "..." }}; {hint}'
        raise InputError(f"lacks column {', '.join(map(repr, missing))}", where=path, fix=hint)


def rows_where(
    bad: Bool[np.ndarray, " n"], kind: str, where: str, what: str, fix: str = ""
) -> Iterator[Problem]:
    """Yield one problem for every row of a table that is bad."""
    for i in np.flatnonzero(bad):
        yield Problem(kind, where, int(i) + HEADER, what, fix)


def gaps(table: pd.DataFrame, columns: Iterable[str], where: str) -> Iterator[Problem]:
    """Yield a problem for every missing value in columns that must be full."""
    for name in columns:
        empty = table[name].isna().to_numpy()
        fix = "fill it in, or remove the row"
        yield from rows_where(empty, "missing value", where, f"no {name}", fix)


def repeats(table: pd.DataFrame, columns: list[str], where: str) -> Iterator[Problem]:
    """Yield a problem for every row that names the same thing as a row before it."""
    known = table[columns].dropna()
    again = np.zeros(len(table), dtype=bool)
    again[known.index[known.duplicated()]] = True
    first = known.drop_duplicates().reset_index().set_index(columns)["index"]
    for i in np.flatnonzero(again):
        key = tuple(table.loc[i, columns])
        other = int(first.loc[key if len(columns) > 1 else key[0]]) + HEADER
        same = ", ".join(f"{n} {v}" for n, v in zip(columns, key, strict=True))
        what = f"repeats row {other} ({same})"
        yield Problem("duplicate row", where, int(i) + HEADER, what, "remove one of them")


def odd_controls(table: pd.DataFrame, where: str) -> Iterator[Problem]:
    """Yield a problem for every `control` that is neither true nor false."""
    if "control" in table.columns:
        odd = ~table["control"].isin([True, False]).to_numpy()
        yield from rows_where(odd, "control", where, "control is neither true nor false")


def note(kind: str, where: str, names: Sequence[str], what: str) -> Problem:
    """Return a note: how many, what of them, and the first few names."""
    return Problem(kind, where, None, f"{len(names)} {what}: {_some(names)}", serious=False)


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more
