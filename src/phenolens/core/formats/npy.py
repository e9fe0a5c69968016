"""A plain `.npy` array of features, and the table that describes its rows."""

from __future__ import annotations

import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.float32 import measured_in_float32
from phenolens.core.formats.arrow import ARROW_ERRORS, frame_of
from phenolens.core.formats.delimited import read_frame
from phenolens.core.formats.parquet import column_names, opened
from phenolens.core.formats.parts import Parts, refuse_empty, unreadable
from phenolens.core.reading.metadata import described

# What NumPy raises for bytes that are not an array, or whose header is wrong.
UNREADABLE = (
    ValueError,
    EOFError,
    TypeError,
    SyntaxError,
    OverflowError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)
_LONGEST = 200  # characters that NumPy says about a header
SUFFIXES = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")


def read(path: Path, columns: Mapping[str, str], table: Path | str = "") -> Parts:
    """Read features from the array, and all metadata from the table, row by row.

    Args:
        path: (n, d) real numbers.
        columns: Our name -> the table's own name.
        table: n rows. By default the file with the name of the array and the ending of a table.

    Raises:
        InputError: No table, an array that is not a matrix of numbers, or another number of rows.
    """
    features = _array(path)
    rows_file = _rows_file(path, table)
    try:
        rows, facts = described(table_of(rows_file), columns)
    except InputError as error:
        raise error.at(rows_file) from error
    if len(rows) != len(features):
        raise InputError(
            f"has {len(features)} rows, but {rows_file.name} has {len(rows)}",
            fix="one row of the table for each row of the array, in the same order",
        )
    names = tuple(f"f{i:04d}" for i in range(features.shape[1]))
    return Parts(
        rows, features, names, files=(path, rows_file), facts={"table": rows_file.name, **facts}
    )


def table_of(path: Path) -> pd.DataFrame:
    """Return a table of metadata, parquet or delimited.

    Raises:
        InputError: It is absent or cannot be read.
    """
    if not path.is_file():
        raise InputError("no such file")
    if path.suffix.lower() != ".parquet":
        frame = read_frame(path, named=None)
        refuse_empty(frame)
        return frame
    with opened(path) as file:
        try:
            table = file.read(columns=column_names(file))
        except ARROW_ERRORS as error:
            raise unreadable(error) from error
    frame = frame_of(table, categories=False)
    refuse_empty(frame)
    return frame


def _array(path: Path) -> np.ndarray:
    """Return the features, checked to be a matrix of real numbers."""
    form: Any = np.lib.format  # NumPy gives no types here
    try:
        # Mapped: a header that asks for more than the file holds is refused before memory is taken.
        found: np.ndarray = form.open_memmap(path, mode="r")
    except (OSError, *UNREADABLE) as error:
        raise InputError(
            f"is not a complete .npy file: {str(error)[:_LONGEST]}", fix="copy or write it again"
        ) from error
    if found.ndim != 2 or found.dtype.kind not in "fiu":
        held = f"{found.dtype} of shape {found.shape}"[:_LONGEST]
        raise InputError(
            f"holds {held}, not a matrix of features", fix="one row per profile, real numbers"
        )
    if not found.shape[1]:
        raise InputError("has no features: its shape is " + str(found.shape))
    return np.array(measured_in_float32(found))


def _rows_file(path: Path, table: Path | str) -> Path:
    if table:
        given = Path(table)
        return given if given.is_file() else path.parent / given
    stem = path.with_suffix("")
    for suffix in SUFFIXES:
        if (found := stem.with_name(stem.name + suffix)).is_file():
            return found
    there = sorted(p.name for p in path.parent.iterdir() if p.name.endswith(SUFFIXES))
    raise InputError(
        f"needs a table that describes its rows, for example {stem.name}.parquet",
        fix=f"name it with table=...; tables in the folder: {', '.join(there[:8]) or 'none'}",
    )
