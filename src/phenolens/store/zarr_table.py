"""The table of a screen in Zarr: one array per column."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError

TABLE = "table"
_ROWS = 65536  # rows of a chunk


def write_table(group: Any, meta: pd.DataFrame) -> None:
    """Write a table as the group `table`: arrays `c0`, `c1`, ... in the order of the columns.

    Each has the attributes `column`, its name, and `kind`: `number` (integers, floats; NaN is a
    missing value), `bool`, `text` (an empty text is a missing value), or `json` (each value as
    JSON, where a column holds several types, or missing values next to whole numbers).
    """
    table = group.create_group(TABLE, attributes={"columns": len(meta.columns)})
    for place, name in enumerate(meta.columns):
        values, kind = _plain(meta.iloc[:, place])
        array = table.create_array(
            f"c{place}",
            shape=values.shape,
            dtype="string" if kind in ("text", "json") else values.dtype,
            chunks=(max(1, min(len(values), _ROWS)),),
            attributes={"column": str(name), "kind": kind},
        )
        array[:] = values


def read_table(group: Any, where: str) -> pd.DataFrame:
    """Return the table; columns are the arrays of the group, in order where they are numbered.

    Raises:
        InputError: There is none, or its columns differ in length.
    """
    try:
        arrays = dict(group[TABLE].arrays())
    except KeyError as error:
        raise InputError(f"has no group '{TABLE}'", where=where) from error
    columns: dict[str, Any] = {}
    for name in sorted(arrays, key=_order):
        array = arrays[name]
        column = str(array.attrs.get("column", name))
        columns[column] = _column(array, where, column)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or len(columns) != len(arrays):
        what = f"the columns of its table differ in length ({sorted(lengths)}), or share a name"
        raise InputError(what, where=where)
    return pd.DataFrame(columns)


def _order(name: str) -> tuple[int, str]:
    numbered = name[:1] == "c" and name[1:].isdecimal()
    return (int(name[1:]) if numbered else -1, name)


def _plain(column: pd.Series) -> tuple[np.ndarray, str]:
    """Return a column as an array that Zarr has a type for, and what kind it is."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy(), "bool" if column.dtype.kind == "b" else "number"
    values = column.astype(object)
    missing = values.isna().to_numpy()
    texts = [isinstance(value, str) and value != "" for value in values[~missing]]
    if all(texts):
        return values.where(~missing, "").to_numpy(), "text"
    coded = [_code(value) for value in values.where(~missing, None)]
    return np.array(coded, dtype=object), "json"


def _code(value: object) -> str:
    item = getattr(value, "item", None)  # of NumPy's scalars
    return json.dumps(item() if callable(item) else value, default=str)


def _column(array: Any, where: str, column: str) -> np.ndarray | pd.Series:
    if array.ndim != 1:
        what = f"column '{column}' of its table has {array.ndim} axes, expected 1"
        raise InputError(what, where=where)
    values, kind = array[:], array.attrs.get("kind")
    if values.dtype.kind in "biuf":
        found: np.ndarray = values
        return found
    texts = [str(value) for value in values]
    if kind != "json":
        return pd.Series([text or None for text in texts], dtype=object)
    try:
        return pd.Series([json.loads(text) for text in texts], dtype=object).infer_objects()
    except (ValueError, RecursionError) as error:
        raise InputError(f"column '{column}' of its table is not JSON", where=where) from error
