"""Text of a CSV file that a spreadsheet must not take for a formula."""

from __future__ import annotations

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what no cell may begin with (OWASP, CSV injection)


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no name and no text begins as a formula of a spreadsheet does.

    An apostrophe is put before such text, which a spreadsheet shows as it is. Names of cells and
    texts of claims may be a stranger's. Numbers stay numbers, and the parquet file has the text as
    it was given.

    Args:
        table: Any; it is not changed.

    Example:
        >>> without_formulas(pd.DataFrame({"cell": ["=1+1", "a"], "value": [-1.0, 2.0]}))
            cell  value
        0  '=1+1   -1.0
        1      a    2.0
    """
    made = table.copy()
    for name in table.select_dtypes(include=["string", "object"]).columns:
        made[name] = table[name].map(_marked).astype(table[name].dtype)
    made.columns = table.columns.map(_marked)
    return made


def _marked(value: object) -> object:
    """Return text with an apostrophe before it where it needs one, and anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
