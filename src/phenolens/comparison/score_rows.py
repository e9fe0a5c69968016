"""The rows of a score of a finished cell, as one reader for all that compares them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from phenolens.core.errors import InputError
from phenolens.core.inside import literal
from phenolens.statistics.paired import KEYS


def read_rows(path: Path | None) -> pd.DataFrame:
    """Return the rows of a score: `value`, and the columns that identify them.

    Args:
        path: Of the run; None, or no file there: the score has no rows.

    Returns:
        Nothing where the file has no column `value`.

    Raises:
        InputError: The file is not a table, a value not a number, or a key not a plain value.
    """
    nothing = pd.DataFrame({"value": pd.Series(dtype="float64")})
    if path is None or not path.is_file():
        return nothing
    try:
        rows = pd.read_parquet(literal(path))
        rows = rows[[name for name in (*KEYS, "value") if name in rows]]
        if "value" not in rows:
            return nothing
        if len(rows) and not (is_numeric_dtype(rows["value"]) or rows["value"].isna().all()):
            raise ValueError("a value is not a number")
        for name in rows.columns.drop("value"):
            pd.unique(rows[name])  # a list cannot be one
        return rows.astype({"value": "float64"})
    except (ValueError, TypeError, OSError) as error:  # what pyarrow raises is a ValueError
        raise InputError(
            f"is damaged ({type(error).__name__}: {error})",
            where=path,
            fix="delete the folder of the cell, and compare again: it will be made again",
        ) from error
