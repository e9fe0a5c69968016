"""What rows are drawn together with, as text: missing is one unit, however a cell is missing."""

from __future__ import annotations

import pandas as pd


def unit_text(unit: pd.Series) -> pd.Series:
    """Return the unit of every row as text; None, NaN, NaT and NA are the one unit `nan`.

    Example:
        >>> unit_text(pd.Series(["a", None, float("nan")], dtype=object)).tolist()
        ['a', 'nan', 'nan']
    """
    return unit.astype(object).where(unit.notna(), "nan").astype(str)
