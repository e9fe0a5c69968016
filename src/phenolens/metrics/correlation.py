"""Pearson correlation of profiles: rows centred and of length one, ready for products."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.values import Values


def standard_rows(profiles: Profiles, needed_by: str) -> Float64[np.ndarray, "n d"]:
    """Return each row less its mean and divided by its length: products are correlations.

    Raises:
        InputError: A feature is not finite, or all features of a row are equal.
    """
    x = profiles.finite(needed_by)
    x -= x.mean(axis=1, keepdims=True)
    size = np.linalg.norm(x, axis=1, keepdims=True)
    flat = np.flatnonzero(size[:, 0] == 0)
    if len(flat):
        told = [c for c in ("treatment", "plate", "well") if c in profiles.meta.columns]
        name = " ".join(str(profiles.meta[c].iloc[flat[0]]) for c in told) or f"row {flat[0]}"
        raise InputError(
            f"{needed_by}: all features of {name} are equal, and a correlation is undefined",
            mend="drop the row",
        )
    return x / size


def rows_ready(
    profiles: Profiles, column: str, needed_by: str
) -> tuple[Int64[np.ndarray, " k"], list[str]]:
    """Return the rows that hold a value and are no negative control, and what was left out.

    Raises:
        InputError: No such column.
    """
    known = Values.of(profiles.column(column, needed_by)).known
    control = np.zeros(len(profiles), dtype=bool)
    if "control" in profiles.meta.columns:
        control = profiles.meta["control"].to_numpy(dtype=bool)
    notes = []
    if control.any():
        notes.append(f"negative controls left out: {int(control.sum())}")
    lost = int((~known & ~control).sum())
    if lost:
        notes.append(f"rows without {column} left out: {lost}")
    return np.flatnonzero(known & ~control), notes
