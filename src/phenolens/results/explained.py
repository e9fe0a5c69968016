"""What the tables of explanations have in common."""

from __future__ import annotations

import pandas as pd

REAL = 0.05  # a call whose corrected p is below it is more than chance


def call_column(table: pd.DataFrame) -> str:
    """Return the column that the calls are about: it is the first."""
    return str(table.columns[0])


def is_real(p_holm: float) -> bool:
    """Return whether a call tells unseen wells from controls by more than chance."""
    return p_holm < REAL
