"""Float32, in which profiles are kept: what is too large for it is refused, not made infinite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Float32, Num

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, shown
from phenolens.core.reading.place import row_of

_LARGEST = "3.4e38, the largest that float32 holds"


def in_float32(
    x: Float[np.ndarray, "n d"], needed_by: str, *, missing: bool = False
) -> Float32[np.ndarray, "n d"]:
    """Return finite numbers in float32.

    Args:
        x: Features in float64.
        needed_by: The step that made them, for the error.
        missing: Whether NaN may be among them.

    Raises:
        InputError: A number is above 3.4e38, the largest that float32 can hold.

    Example:
        >>> in_float32(np.array([[0.5, 2.0]]), "pca").dtype
        dtype('float32')
    """
    with np.errstate(over="ignore"):
        made = x.astype(np.float32)
    if not (np.isfinite(made) | (missing & np.isnan(made))).all():
        raise InputError(
            f"{needed_by}: a value is more than float32 can hold",
            fix="drop or scale the features with very large values first (select_features, "
            "standardize)",
        )
    return made


def measured_in_float32(
    x: Num[np.ndarray, "n d"],
    names: Sequence[str] = (),
    index: pd.Index | None = None,
) -> Float32[np.ndarray, "n d"]:
    """Return the measurements of a file in float32; infinite ones stay as they are.

    Args:
        x: Measurements in any real type.
        names: Of the columns, for the error; their numbers unless given.
        index: Of the rows, 0 for the first below the header, where it is not theirs.

    Raises:
        InputError: A finite value is above 3.4e38: names column, row and value.

    Example:
        >>> measured_in_float32(np.array([[1.0, np.inf]])).tolist()
        [[1.0, inf]]
    """
    with np.errstate(over="ignore"):
        made = x.astype(np.float32, copy=False)
    if x.dtype == np.float32 or not (wrong := np.isinf(made) & np.isfinite(x)).any():
        return made
    at, column = np.argwhere(wrong)[0]
    raise InputError(
        f"'{names[column] if len(names) else column}' is {shown(x[at, column])}, more than "
        f"{_LARGEST} ({count_of(int(wrong.sum()), 'such value')})",
        where=row_of(pd.RangeIndex(len(x)) if index is None else index, int(at)),
        fix="correct the value, or leave the cell empty",
    )
