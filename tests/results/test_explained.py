from __future__ import annotations

import math

import pandas as pd

from phenolens.results.explained import call_column, is_real


def test_the_first_column_is_called_and_a_missing_p_is_not_real() -> None:
    assert call_column(pd.DataFrame({"moa": ["a"], "channel": ["DNA"]})) == "moa"
    assert is_real(0.049)
    assert not is_real(0.05)
    assert not is_real(math.nan)
