"""No cell of a CSV begins as a formula; numbers, missing values and the table itself stay."""

from __future__ import annotations

import pandas as pd
import pytest

from phenolens.comparison.spreadsheet import without_formulas


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
@pytest.mark.parametrize("kind", ["string", object])
def test_text_that_begins_as_a_formula_has_an_apostrophe(sign: str, kind: str | type) -> None:
    given = [f"{sign}1+1{sign}", "a=1", pd.NA, "" if kind == "string" else 7]
    table = pd.DataFrame({f"{sign}x": pd.Series(given, dtype=kind), "value": [-1.5, 2, 3, None]})
    made = without_formulas(table)
    assert list(made.columns) == [f"'{sign}x", "value"]
    assert made[f"'{sign}x"].tolist()[:2] == [f"'{sign}1+1{sign}", "a=1"]
    assert made[f"'{sign}x"].isna().tolist() == [False, False, True, False]
    pd.testing.assert_series_equal(made["value"], table["value"])
    assert table.columns[0] == f"{sign}x"
    assert table.iloc[0, 0] == given[0]
    assert made.iloc[3, 0] == given[3]
