"""Pearson correlation of profiles: rows centred and of length one, ready for products."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.statistics.ties import FLOOR


def standard_rows(profiles: Profiles, needed_by: str) -> Float64[np.ndarray, "n d"]:
    """Return each row less its mean and divided by its length: products are correlations.

    Raises:
        InputError: A feature is not finite, or all features of a row are equal.
    """
    x = profiles.finite(needed_by)
    length = np.linalg.norm(x, axis=1)
    x -= x.mean(axis=1, keepdims=True)
    size = np.linalg.norm(x, axis=1, keepdims=True)
    flat = np.flatnonzero(size[:, 0] <= FLOOR * length)  # else what the mean's rounding leaves
    if len(flat):
        raise InputError(
            f"{needed_by}: all features of {profiles.place(int(flat[0]))} are equal, so the "
            "correlation is undefined",
            fix="drop the row",
        )
    return x / size
