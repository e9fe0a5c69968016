"""Entries of tables: what is missing is NaN or empty, whatever pandas writes for it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from phenolens.overview.entries import cut, digits_for, interval, number, text


@pytest.mark.parametrize("missing", [None, pd.NA, math.nan, pd.NaT, "x"])
def test_what_is_missing_is_not_a_number(missing: object) -> None:
    assert math.isnan(number(missing))


def test_numbers_of_any_kind() -> None:
    values = (1, np.float32(0.5), np.int64(3), pd.Series([2], dtype="Int64").iloc[0])
    assert [number(value) for value in values] == [1.0, 0.5, 3.0, 2.0]


def test_text_of_missing_entries_is_empty() -> None:
    assert [text(value) for value in (None, pd.NA, math.nan)] == ["", "", ""]
    assert [text(value) for value in ("a", 3, 3.0, 0.25)] == ["a", "3", "3", "0.25"]


def test_decimals_go_by_the_largest_value() -> None:
    assert [digits_for(v) for v in ([0.1, math.nan], [12.0, 0.1], [-900.0], [])] == [3, 1, 0, 3]


def test_intervals_and_long_names() -> None:
    assert interval(-0.1, 0.25, 2) == "[\u22120.10, 0.25]"
    assert interval(math.nan, 1.0) == ""
    short = cut("a_long_name+of+a+cell", 11)
    assert (len(short), short) == (11, "a_lon\u2026+cell")
