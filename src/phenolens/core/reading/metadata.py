"""Metadata of a table that others wrote, by our names: ids as text, measures as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.columns import is_running_number, to_ours
from phenolens.core.reading.blanks import on_distinct, stripped
from phenolens.core.reading.ids import id_text, own_type, whole_or_text
from phenolens.core.reading.measurements import BOOKKEEPING, is_measured
from phenolens.core.reading.nul import refuse_nul
from phenolens.core.reading.spelling import as_text_files_have
from phenolens.core.reading.totals import refuse_totals
from phenolens.core.reading.wells import from_rows_and_columns, refuse_grid, well_names
from phenolens.core.values import SEPARATOR

IDS = (
    *("plate", "well", "site", "batch", "source", "replicate"),
    *("compound", "treatment", "moa", "target", "cell_line"),
)
MEASURES = ("concentration", "count", "time")
# Pairs of columns that name a well if no other column does.
_ROW_COLUMN = (
    ("Row", "Column"),
    ("row", "column"),
    ("WellRow", "WellCol"),
    ("row", "col"),
    ("Row", "Col"),
)


def described(
    table: pd.DataFrame, columns: Mapping[str, str], *, bare: bool = False
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return metadata by our names, each column in its one type, and what was changed.

    A list in a cell becomes `a|b`, a time the text that a CSV has. Roles are not derived here:
    another table may be joined.

    Args:
        table: Metadata in any convention of names, from any format.
        columns: Our name -> the table's own name, where the conventions are not enough.
        bare: Whether names and cells have no blanks around them, as `stripped` returns them.

    Raises:
        InputError: A named column is absent, two columns would share a name, a row is of totals,
            or a well is on no plate.
    """
    refuse_grid(table)
    lists = {name: joined(table[name]) for name in table.columns if holds_lists(table[name])}
    table, blanks = (table, 0) if bare and not lists else stripped(table.assign(**lists))
    refuse_nul(table)
    meta = to_ours(as_text_files_have(table, short=True), columns)
    meta = meta.assign(**{str(name): typed(str(name), meta[name]) for name in meta.columns})
    refuse_totals(meta, IDS)
    meta = _with_well(meta)
    return meta, {"blanks_stripped": blanks} if blanks else {}


def typed(name: str, values: pd.Series) -> pd.Series:
    """Return a column of metadata in the type that its role has, whatever the file gave it.

    Args:
        name: Our name.
        values: A column without blanks around its texts.
    """
    if name == "control":
        return values
    if name in IDS:
        return id_text(values)
    if name in MEASURES or is_measured(name):
        return _measure(values)
    if name == "cell" or is_running_number(name) or name.startswith(BOOKKEEPING):
        return whole_or_text(values)
    return own_type(values)


def joined(values: pd.Series) -> pd.Series:
    """Return each list as text, its values joined by the separator of sets in a cell.

    Several named values in a cell (a parquet struct) are text as Python shows them.
    """
    return values.map(_text_of, na_action="ignore")


def _text_of(cell: Any) -> Any:
    if isinstance(cell, list | tuple | np.ndarray):
        return SEPARATOR.join(map(str, cell))
    return str(cell) if isinstance(cell, dict) else cell


def holds_lists(values: pd.Series) -> bool:
    """Return whether the cells of a column are lists, or several named values."""
    if not pd.api.types.is_object_dtype(values):
        return False
    there = values.dropna()
    return bool(len(there)) and isinstance(there.iloc[0], list | tuple | np.ndarray | dict)


def _measure(values: pd.Series) -> pd.Series:
    """Return numbers where all values are; else the text, which says later what it cannot be."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values
    plain = values.astype(object)
    if any(isinstance(value, bool) for value in pd.unique(plain)):  # a flag, as in a CSV
        return id_text(values)
    numbers = pd.to_numeric(plain, errors="coerce")
    if (numbers.isna() & plain.notna()).any():
        return id_text(values)
    # As Python reads them: pandas' own numbers may differ in the last bit.
    exact = on_distinct(plain, lambda value: float(value) if isinstance(value, str) else value)
    made = pd.to_numeric(exact)
    return made.astype(np.float64) if pd.api.types.is_object_dtype(made) else made


def _with_well(meta: pd.DataFrame) -> pd.DataFrame:
    """Return the metadata with wells in their one spelling, also from row and column."""
    if "well" in meta.columns:
        return meta.assign(well=well_names(meta["well"]))
    for row, column in _ROW_COLUMN:
        if row in meta.columns and column in meta.columns:
            return meta.assign(well=from_rows_and_columns(meta[row], meta[column]))
    return meta
