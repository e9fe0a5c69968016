"""Cells that are lists become text, as a cell with several values is written: `a|b`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from phenolens.core.errors import InputError
from phenolens.core.reading.place import row_of
from phenolens.core.values import SEPARATOR

_MIXED = ("mixed", "mixed-integer")  # what pandas calls a column with cells of several kinds
_ORDERED = (list, tuple, np.ndarray)
_SETS = (set, frozenset)


def without_lists(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata without cells that are lists, tuples, arrays or sets.

    Nothing can be grouped or compared by such cells. Their values are joined as `PairRule` reads
    several values, those of a set in order; an empty one is missing.

    Args:
        meta: Any metadata; the same object comes back where no cell is a list.

    Raises:
        InputError: A cell is a dictionary: names the column and the row.

    Example:
        >>> without_lists(pd.DataFrame({"target": [["EGFR", "ERBB2"], "MEK"]}))["target"].tolist()
        ['EGFR|ERBB2', 'MEK']
    """
    made = {}
    for place, dtype in enumerate(meta.dtypes):
        if dtype != np.dtype(object) or infer_dtype(meta.iloc[:, place]) not in _MIXED:
            continue
        cells = meta.iloc[:, place].to_list()
        if any(isinstance(cell, (*_ORDERED, *_SETS, dict)) for cell in cells):
            made[place] = _column(meta, place, cells)
    if not made:
        return meta
    columns = [made.get(place, meta.iloc[:, place]) for place in range(meta.shape[1])]
    return pd.concat(columns, axis=1)


def _column(meta: pd.DataFrame, place: int, cells: list[Any]) -> pd.Series:
    name = meta.columns[place]
    for row, cell in enumerate(cells):
        if isinstance(cell, dict):
            raise InputError(
                f"the column '{name}' holds a dictionary in {row_of(meta.index, row)}",
                fix="make a column of each of its values, or leave the column out",
            )
    text = [_text(cell) for cell in cells]
    return pd.Series(text, index=meta.index, name=name, dtype=object)


def _text(cell: Any) -> Any:
    if not isinstance(cell, (*_ORDERED, *_SETS)):
        return cell
    values = cell.ravel().tolist() if isinstance(cell, np.ndarray) else list(cell)
    words = [str(value).strip() for value in values if not _is_missing(value)]
    return SEPARATOR.join(sorted(words) if isinstance(cell, _SETS) else words) or np.nan


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
