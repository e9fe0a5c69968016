"""From Arrow's columns to pandas', whole numbers to the last digit, and errors by column."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from phenolens.core.errors import InputError
from phenolens.core.formats.parts import unreadable

# What pyarrow and pandas raise for a value that Python has no form for.
ARROW_ERRORS = (OSError, ValueError, OverflowError, pa.ArrowException)


def frame_of(table: pa.Table, *, foreign: bool = True, categories: bool = True) -> pd.DataFrame:
    """Return a table of Arrow as a frame.

    Args:
        table: Any columns.
        foreign: Others wrote it: whole numbers next to a blank keep every digit.
        categories: Text of others becomes categories, so that each value is looked at once.

    Raises:
        InputError: A value that cannot be read, such as a date in the year 275760: names the
            column.
    """
    settings: dict[str, Any] = {
        "ignore_metadata": True,
        "integer_object_nulls": foreign,
        "strings_to_categorical": foreign and categories,
    }
    try:
        made: pd.DataFrame = table.to_pandas(**settings)
        return made
    except ARROW_ERRORS as whole:
        for name in table.column_names:
            try:
                table.select([name]).to_pandas(**settings)
            except ARROW_ERRORS as error:
                raise _column(name, error) from error
        raise unreadable(whole) from whole


def _column(name: str, error: Exception) -> InputError:
    found = unreadable(error)
    if "memory" in found.what:
        return found
    return InputError(
        f"column '{name}' cannot be read: {str(error)[:200]}",
        fix="write it as text, or drop it",
    )
