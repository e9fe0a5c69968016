"""Which rows can be compared: those that hold a value, and whose features have a direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.reading.place import HEADER
from phenolens.core.values import Values


def negative_controls(profiles: Profiles) -> Bool[np.ndarray, " n"]:
    """Return the mask of the negative controls; none without the column `control`."""
    return control_rows(profiles.meta)


def rows_ready(
    profiles: Profiles, column: str, needed_by: str
) -> tuple[Int64[np.ndarray, " k"], list[str]]:
    """Return the rows that hold a value and are not negative controls, and what was left out.

    Raises:
        InputError: No such column.
    """
    known = Values.of(profiles.column(column, needed_by)).known
    control = negative_controls(profiles)
    notes = []
    if control.any():
        notes.append(f"negative controls left out: {int(control.sum())}")
    lost = int((~known & ~control).sum())
    if lost:
        notes.append(f"rows without {column} left out: {lost}")
    return np.flatnonzero(known & ~control), notes


def refuse_zero_rows(used: Profiles) -> None:
    """Raise where a row has no direction.

    Raises:
        InputError: Every feature of a row is zero: names it.
    """
    empty = np.flatnonzero(~used.features.any(axis=1))
    if len(empty):
        raise InputError(
            f"every feature of {used.place(int(empty[0]))} is zero, so the cosine is undefined",
            fix="drop the row, or use the euclidean distance",
        )


def row_name(meta: pd.DataFrame, row: int) -> str:
    """Return what a reader knows a row by: its treatment, or plate and well."""
    there = [c for c in ("treatment", "plate", "well") if c in meta.columns]
    named = meta[there].iloc[row].dropna()
    if "treatment" in named:
        return str(named["treatment"])
    return " ".join(map(str, named)) or f"row {row + HEADER}"
