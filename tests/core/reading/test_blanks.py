"""Blanks around names and cells are no part of them, and are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.reading.blanks import bare, bare_names, is_text, on_distinct, stripped


def test_all_kinds_of_blanks_are_taken_off() -> None:
    assert bare("\ufeff\u00a0 DMSO\u2009\u200b\t") == "DMSO"
    assert bare("alpha beta") == "alpha beta"
    assert bare_names([" plate", 7]) == ["plate", "7"]


def test_they_are_counted_and_a_cell_of_blanks_is_missing() -> None:
    frame = pd.DataFrame({" drug": ["DMSO ", "DMSO", "  ", None], "x": [1.0, 2.0, 3.0, 4.0]})
    made, count = stripped(frame)
    assert made["drug"].fillna("?").tolist() == ["DMSO", "DMSO", "?", "?"]
    assert (list(made), count) == (["drug", "x"], 3)
    assert frame["x"].dtype == made["x"].dtype
    assert list(frame) == [" drug", "x"]  # the table given is not changed


def test_categories_that_become_equal_are_one() -> None:
    values = pd.Series(["a ", "a", None]).astype("category")
    made, count = stripped(pd.DataFrame({"c": values}))
    assert made["c"].cat.categories.tolist() == ["a"]
    assert made["c"].isna().tolist() == [False, False, True]
    assert count == 1


def test_each_distinct_value_is_changed_once() -> None:
    seen: list[object] = []

    def change(value: object) -> str:
        seen.append(value)
        return "one"

    made = on_distinct(pd.Series([1.0, np.nan, 1.0]), change)
    assert seen == [1.0]
    assert made.fillna("?").tolist() == ["one", "?", "one"]


def test_what_may_be_text() -> None:
    assert is_text(pd.Series(["a"]))
    assert is_text(pd.Series(["a"], dtype="string"))
    assert not is_text(pd.Series([1.5]))
    assert not is_text(pd.Series([1, 2]).astype("category"))
