"""Metadata in NumPy's types: what a column says does not depend on how pandas keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from phenolens.core.reading.lists import without_lists


def plain_types(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata whose columns of pandas' own types are kept as others are.

    Nullable and arrow columns become NumPy's (whole numbers next to a gap become decimals, flags
    and text next to a gap objects). Categories are in the order of their values, and have no order
    of their own: whatever is grouped or drawn by them is as for text. Times keep their type;
    categories of times, and times kept as objects, become times. What is missing among objects is
    NaN (pandas takes None, NaN, NA and NaT for different values where it looks for repeats). Cells
    that are lists become text (`core/reading/lists.py`).

    Args:
        meta: Any metadata; the same object comes back where nothing is to be changed.

    Example:
        >>> plain_types(pd.DataFrame({"n": pd.array([1, 2], dtype="Int64")})).dtypes["n"]
        dtype('int64')
        >>> table = pd.DataFrame({"p": pd.Categorical(["b", "a"], categories=["b", "a"])})
        >>> plain_types(table)["p"].cat.categories.tolist()
        ['a', 'b']
    """
    meta = without_lists(meta)
    own = [i for i, dtype in enumerate(meta.dtypes) if not isinstance(dtype, np.dtype)]
    made = {i: _plain(meta.iloc[:, i]) for i in own}
    for i, dtype in enumerate(meta.dtypes):
        if dtype == np.dtype(object) and (kept := _of_objects(meta.iloc[:, i])) is not None:
            made[i] = kept
    if not made:
        return meta
    columns = [made.get(i, meta.iloc[:, i]) for i in range(meta.shape[1])]
    return pd.concat(columns, axis=1)


def _plain(values: pd.Series) -> pd.Series:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        if dtype.categories.dtype.kind in "mM":  # as text a category of days is not that of a day
            return values.astype(dtype.categories.dtype)
        return _in_order_of_values(values)
    if pd.api.types.is_string_dtype(dtype):
        return _objects(values)
    if dtype.kind in "iuf" and not isinstance(dtype, pd.SparseDtype):
        gaps = bool(values.isna().any())
        return values.astype(np.float64 if gaps or dtype.kind == "f" else np.int64)
    if pd.api.types.is_bool_dtype(dtype) and not isinstance(dtype, pd.SparseDtype):
        return _objects(values) if values.isna().any() else values.astype(bool)
    return values


def _of_objects(values: pd.Series) -> pd.Series | None:
    """Return objects as times, or with one kind of gap; None where nothing is to be changed."""
    cells = values.to_numpy()
    missing = pd.isna(cells)
    known = cells[~missing]
    if len(known) and isinstance(known[0], datetime | timedelta):  # so are pandas' own
        return _objects(values).infer_objects()
    if all(isinstance(gap, float) for gap in cells[missing]):
        return None
    return _objects(values)


def _objects(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna().to_numpy(dtype=bool), np.nan)


def _in_order_of_values(values: pd.Series) -> pd.Series:
    """Return categories without an order of their own: numbers by size, else as text."""
    given = values.cat.categories
    number = pd.api.types.is_numeric_dtype(given)
    wanted = sorted(given) if number else sorted(given, key=str)
    if list(given) == wanted and not values.cat.ordered:
        return values
    return values.cat.set_categories(wanted, ordered=False)
