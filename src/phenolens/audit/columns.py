"""Columns: the metadata as codes; row and column are read from the well."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.columns import KNOWN

_WELL = r"^\s*([A-Za-z]{1,2})[-_]?0*(\d{1,2})\s*$"
# The number of cells or rows is a measurement: features may follow it.
_MEASURED = frozenset({"count"})


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One metadata column as codes.

    Attributes:
        name: As in the table; `row` and `column` are of the well.
        codes: (n,) in the natural order of the values, -1 where missing.
        values: The distinct values, in that order.
    """

    name: str
    codes: Int64[np.ndarray, " n"]
    values: tuple[str, ...]

    @classmethod
    def of(cls, name: str, values: pd.Series) -> Column:
        """Return a column; a blank cell is missing, numbers are ordered by size."""
        if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            values = values.astype("string").str.strip()
            values = values.mask(values == "")
        codes, found = pd.factorize(values, sort=True)
        texts = tuple(str(v) for v in found)
        if not pd.api.types.is_numeric_dtype(found):
            rank = np.argsort(sorted(range(len(texts)), key=lambda i: _natural(texts[i])))
            codes = np.append(rank, -1)[codes]
            texts = tuple(sorted(texts, key=_natural))
        return cls(name, codes.astype(np.int64), texts)

    @property
    def size(self) -> Int64[np.ndarray, " k"]:
        """How many rows each value has."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def __len__(self) -> int:
        return len(self.values)


def columns_of(meta: pd.DataFrame) -> list[Column]:
    """Return the columns with more than one value, known columns first."""
    table = with_position(meta)
    ranked = sorted(map(str, table.columns), key=_rank)
    columns = [Column.of(name, table[name]) for name in ranked if name not in _MEASURED]
    return [column for column in columns if len(column) > 1]


def with_position(meta: pd.DataFrame) -> pd.DataFrame:
    """Return the metadata with `row` and `column` read from well names such as `B07`.

    Unchanged where it has no wells, or names of another kind.

    Example:
        >>> with_position(pd.DataFrame({"well": ["B07", "AA12"]}))["column"].tolist()
        [7, 12]
    """
    if "well" not in meta.columns:
        return meta
    parts = meta["well"].astype("string").str.extract(_WELL)
    if parts.isna().any(axis=None):
        return meta
    made = {"row": parts[0].str.upper().astype(object), "column": parts[1].astype(np.int64)}
    return meta.assign(**{name: v for name, v in made.items() if name not in meta.columns})


def numbers(meta: pd.DataFrame) -> dict[str, Float64[np.ndarray, " n"]]:
    """Return the columns that are numbers in every row and take many values."""
    columns = {}
    for name in map(str, meta.columns):
        if name in _MEASURED or not pd.api.types.is_numeric_dtype(meta[name]):
            continue
        values = meta[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isfinite(values).all() and len(np.unique(values)) > 20:
            columns[name] = values
    return columns


def _rank(name: str) -> tuple[int, str]:
    order = ["compound", "treatment", "moa", "plate", "batch", "well", "row", "column"]
    if name in order:
        return order.index(name), name
    return len(order) + (name not in KNOWN), name


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts Week2 before Week10."""
    parts = re.split(r"(\d+)", text)
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts]
