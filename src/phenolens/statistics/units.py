"""What rows are drawn together with, as text: missing is one unit, however a cell is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int64


def unit_text(unit: pd.Series) -> pd.Series:
    """Return the unit of every row as text; None, NaN, NaT and NA are the one unit `nan`.

    Example:
        >>> unit_text(pd.Series(["a", None, float("nan")], dtype=object)).tolist()
        ['a', 'nan', 'nan']
    """
    return unit.astype(object).where(unit.notna(), "nan").astype(str)


def unit_codes(meta: pd.DataFrame, columns: Sequence[str]) -> Int64[np.ndarray, " n"]:
    """Return the unit of every row by number: rows alike in all columns are one unit.

    Units are numbered in the order of their text: shuffles go by it, and neither the type of a
    column nor the order of its categories may change them.

    Example:
        >>> unit_codes(pd.DataFrame({"compound": ["b", 1, "b"], "moa": ["x", "y", "x"]}),
        ...            ["compound", "moa"]).tolist()
        [1, 0, 1]
    """
    text = pd.DataFrame({name: unit_text(meta[name]) for name in columns})
    return text.groupby(list(columns), observed=True).ngroup().to_numpy(dtype=np.int64)
