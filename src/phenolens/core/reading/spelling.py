"""What only files with types have (times, bytes, half numbers), as a file of text would hold it.

So a table means the same in parquet and in a CSV: a plate that is a date is the text `2020-01-01`
in both, and a dose of 0.1 is 0.1 even if it was written with 32 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.blanks import MISSING, bare, on_distinct
from phenolens.core.reading.place import row_of

_SHORT = {"float16", "float32"}  # types of NumPy and, in any case, of pandas


def spelt(values: pd.Series, name: str) -> pd.Series:
    """Return a column of times or bytes as text; any other column as it is.

    A time is spelt as pandas writes it to a CSV: `2020-01-01` where the whole column is at
    midnight, else `2020-01-01 12:30:00`; a duration is `0 days 01:00:00`. Bytes are text in UTF-8.

    Args:
        values: Any column.
        name: Its name, for the message.

    Raises:
        InputError: Bytes are not UTF-8: names the column and the row.

    Example:
        >>> spelt(pd.Series(pd.to_datetime(["2020-01-01", None])), "day").tolist()
        ['2020-01-01', nan]
    """
    if _is_category(values.dtype) and _is_time(values.cat.categories.dtype):
        values = values.astype(values.cat.categories.dtype)
    if _is_time(values.dtype):
        codes, distinct = pd.factorize(values)
        text = np.append(pd.Series(distinct).astype(str).to_numpy(object), np.nan)
        return pd.Series(text[codes], index=values.index, name=values.name, dtype=object)
    if not _holds_bytes(values):
        return values
    made = on_distinct(values, _decoded)
    if not any(isinstance(value, bytes) for value in pd.unique(made.dropna())):
        return made
    row = next(i for i, value in enumerate(made) if isinstance(value, bytes))
    raise InputError(
        f"'{name}' holds bytes that are not text in UTF-8: {made.iloc[row]!r:.60}",
        where=row_of(values.index, row),
        fix="write the column as text, or drop it",
    )


def widened(values: pd.Series) -> pd.Series:
    """Return numbers of 16 or 32 bits as the numbers of 64 bits that are spelt alike.

    Example:
        >>> widened(pd.Series([0.1], dtype="float32")).tolist()
        [0.1]
    """
    if str(values.dtype).lower() not in _SHORT:
        return values
    short = values.to_numpy(dtype=str(values.dtype).lower(), na_value=np.nan)
    distinct, codes = np.unique(short, return_inverse=True)
    wide = np.array([float(str(number)) for number in distinct], dtype=np.float64)
    return pd.Series(wide[codes], index=values.index, name=values.name)


def as_text_files_have(table: pd.DataFrame, *, short: bool) -> pd.DataFrame:
    """Return a table whose times and bytes are text; the same table if there are none.

    Args:
        table: Any columns, each name once.
        short: Numbers of 16 and 32 bits get 64 too, as metadata needs it.

    Raises:
        InputError: Bytes that are not UTF-8.
    """
    changed = {}
    for place, dtype in enumerate(table.dtypes):
        odd = dtype.kind in "OmM" or _is_category(dtype) or short
        if not odd:
            continue
        values, name = table.iloc[:, place], table.columns[place]
        made = spelt(values, str(name))
        made = widened(made) if short else made
        if made is not values:
            changed[name] = made
    return table.assign(**changed) if changed else table


def _is_category(dtype: Any) -> bool:
    return isinstance(dtype, pd.CategoricalDtype)


def _is_time(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") in ("m", "M") or isinstance(dtype, pd.DatetimeTZDtype)


def _holds_bytes(values: pd.Series) -> bool:
    if _is_category(values.dtype):
        return any(isinstance(value, bytes) for value in values.cat.categories[:1])
    if not pd.api.types.is_object_dtype(values):
        return False
    first = values.first_valid_index()
    return first is not None and isinstance(values.loc[first], bytes)


def _decoded(value: Any) -> object:
    """Return bytes as text without the blanks around it; bytes where they are not UTF-8."""
    if not isinstance(value, bytes):
        return value
    try:
        text = bare(value.decode())
    except UnicodeDecodeError:
        return value
    return None if text in MISSING else text
