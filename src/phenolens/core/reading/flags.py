"""Which rows are negative controls: one reading for every type of column."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.errors import InputError
from phenolens.core.reading.place import row_of

_TRUE = {"true", "1", "1.0", "yes", "y", "t"}
_FALSE = {"false", "0", "0.0", "no", "n", "f"}


def true_or_false(values: pd.Series, name: str = "control") -> Bool[np.ndarray, " n"]:
    """Return a flag as a new bool array; a missing value is false.

    Args:
        values: Of any type: bool, 0 and 1, text (`True`, `yes`, `1`, in any case).
        name: The column, for the message.

    Raises:
        InputError: A value is neither true nor false: names it and its row.

    Example:
        >>> true_or_false(pd.Series(["True", "False", None, "yes"])).tolist()
        [True, False, False, True]
    """
    if values.dtype == np.bool_:
        return values.to_numpy(dtype=bool, copy=True)
    codes, distinct = pd.factorize(values)
    read = np.zeros(len(distinct) + 1, dtype=bool)
    for i, value in enumerate(distinct):
        text = str(value).strip().lower()
        read[i] = text in _TRUE
        if text not in _TRUE and text not in _FALSE and text:
            shown = value.item() if isinstance(value, np.generic) else value
            raise InputError(
                f"'{name}' is {shown!r}, neither true nor false",
                where=row_of(values.index, int(np.flatnonzero(codes == i)[0])),
                fix="write true or false, yes or no, 1 or 0; leave it empty for no control",
            )
    return read[codes]


def is_flag(value: object) -> bool:
    """Return whether one value of a flag's column is true or false, in any spelling.

    Example:
        >>> is_flag("Yes"), is_flag(0.0), is_flag("maybe")
        (True, True, False)
    """
    return str(value).strip().lower() in _TRUE | _FALSE


def control_rows(meta: pd.DataFrame) -> Bool[np.ndarray, " n"]:
    """Return the mask of the negative controls, a new array; none without the column `control`.

    Raises:
        InputError: A value is neither true nor false.
    """
    if "control" not in meta.columns:
        return np.zeros(len(meta), dtype=bool)
    return true_or_false(meta["control"])
