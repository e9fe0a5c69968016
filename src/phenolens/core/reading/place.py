"""The place of a row, as its owner finds it: plate and well, or the row of a spreadsheet."""

from __future__ import annotations

import pandas as pd

from phenolens.core.values import SEPARATOR

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

    `Profiles.place` names the row of the file too, whatever was filtered and sorted.

    Args:
        meta: Metadata by our column names.
        row: Place in it, from 0.

    Example:
        >>> place_of(pd.DataFrame({"plate": ["P1"], "well": ["A01"]}), 0)
        'plate P1, well A01'
        >>> place_of(pd.DataFrame({"f": [1, 2]}), 1)
        'row 3'
    """
    text, several = named_place(meta, row)
    number = f"row {row + HEADER}"
    return f"{text} ({number})" if text and several else text or number


def named_place(meta: pd.DataFrame, row: int) -> tuple[str, bool]:
    """Return plate and well of a row, or its treatment, and whether other rows have the same.

    Args:
        meta: Metadata by our column names.
        row: Place in it, from 0.
    """
    cells = [(name, meta[name].iloc[row]) for name in _PLACE if name in meta.columns]
    known = [(name, str(value)) for name, value in cells if pd.notna(value)]
    named = {name: text for name, text in known if SEPARATOR not in text}
    if "well" not in named and "cell" not in named:
        for name in ("treatment", "compound"):
            if name in meta.columns and pd.notna(meta[name].iloc[row]):
                named[name] = str(meta[name].iloc[row])
                break
    text = ", ".join(f"{name} {value}" for name, value in named.items())
    return text, set(named) <= {"plate", "site", "time"}  # many rows have these
