"""The place of a row, as its owner finds it: plate and well, or the row of a spreadsheet."""

from __future__ import annotations

import pandas as pd

HEADER = 2  # the first row below the header is row 2, as a spreadsheet numbers it
_PLACE = ("plate", "well", "site", "cell", "time")


def row_of(index: pd.Index, row: int) -> str:
    """Return `row 7`, as a spreadsheet numbers the rows of a table that was just read.

    Args:
        index: The table's index: 0 for the first row below the header.
        row: Place in the index.
    """
    number = index[row]
    return f"row {(int(number) if pd.api.types.is_integer(number) else row) + HEADER}"


def place_of(meta: pd.DataFrame, row: int) -> str:
    """Return what a reader knows a row by: plate and well, a treatment, or its number.

    Rows of profiles are filtered and sorted by steps and metrics, so their number in the file is
    not known: it is used only where nothing else names the row.

    Args:
        meta: Metadata by our column names.
        row: Place in it, from 0.

    Example:
        >>> place_of(pd.DataFrame({"plate": ["P1"], "well": ["A01"]}), 0)
        'plate P1, well A01'
        >>> place_of(pd.DataFrame({"f": [1, 2]}), 1)
        'row 3'
    """
    cells = [(name, meta[name].iloc[row]) for name in _PLACE if name in meta.columns]
    named = {name: str(value) for name, value in cells if pd.notna(value)}
    if "well" not in named and "cell" not in named:
        for name in ("treatment", "compound"):
            if name in meta.columns and pd.notna(meta[name].iloc[row]):
                named[name] = str(meta[name].iloc[row])
                break
    text = ", ".join(f"{name} {value}" for name, value in named.items())
    alone = set(named) <= {"plate", "site", "time"}  # many rows have these
    number = f"row {row + HEADER}"
    return f"{text} ({number})" if text and alone else text or number
