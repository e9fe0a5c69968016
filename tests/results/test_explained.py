from __future__ import annotations

import math

import pandas as pd

from phenolens.results.explained import call_column, heading_of, is_real


def test_the_first_column_is_called_and_a_missing_p_is_not_real() -> None:
    assert call_column(pd.DataFrame({"moa": ["a"], "channel": ["DNA"]})) == "moa"
    assert is_real(0.049)
    assert not is_real(0.05)
    assert not is_real(math.nan)


def test_a_column_of_ours_has_a_heading() -> None:
    assert [heading_of(name) for name in ("moa", "gene")] == ["Mechanism", "gene"]
