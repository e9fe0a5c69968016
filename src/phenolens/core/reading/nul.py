"""Text with a NUL (0) in it, which no file of text can hold, is refused in every format."""

from __future__ import annotations

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.place import row_of

_NUL = "\0"


def refuse_nul(table: pd.DataFrame) -> None:
    """Raise where a name or a text cell of metadata holds a NUL, as the reader of a CSV does.

    Raises:
        InputError: Names the column and the row.

    Example:
        >>> refuse_nul(pd.DataFrame({"compound": ["a", "b"]}))
    """
    for place, name in enumerate(table.columns):
        if _NUL in str(name):
            raise InputError(
                f"the name of column {place + 1} holds a NUL (0), which is not text",
                fix="rename it",
            )
        values = table.iloc[:, place]
        if pd.api.types.is_numeric_dtype(values):
            continue
        distinct = values.cat.categories if hasattr(values, "cat") else pd.unique(values)
        if _NUL in "".join(value for value in distinct if isinstance(value, str)):
            row = next(i for i, value in enumerate(values) if _NUL in str(value))
            raise InputError(
                f"'{name}' holds a NUL (0), which is not text",
                where=row_of(values.index, row),
                fix="remove it from the cell",
            )
