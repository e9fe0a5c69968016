"""A measurement is a number, whatever its type, or the table stops and says where it is not."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.reading.numbers import (
    begins_as_a_number,
    number_or_nan,
    numbers,
    reads_as_numbers,
)


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ([Decimal("1.50"), None], [1.5, np.nan]),
        (["1.5", " 2 ", "", None], [1.5, 2.0, np.nan, np.nan]),
        (["50%", "-2.5 %"], [0.5, -0.025]),
        (["\u22121.5", "2e3"], [-1.5, 2000.0]),
        ([None, None], [np.nan, np.nan]),
        (pd.Series(["1.5", "2"]).astype("category"), [1.5, 2.0]),
    ],
)
def test_what_is_certain_is_converted(values: list[object], made: list[float]) -> None:
    np.testing.assert_array_equal(numbers(pd.Series(values), "x").to_numpy(), made)


def test_numbers_stay_as_they_are() -> None:
    values = pd.Series([1, 2], dtype=np.int32)
    assert numbers(values, "x") is values


@pytest.mark.parametrize(
    ("values", "row", "fix"),
    [
        (["1,5", "2,5"], 2, "the decimal sign is a comma"),
        (["1.5", "1,234.5"], 3, "separators of thousands"),
        (["1.5", "2.5", "#N/D"], 4, "error value of a spreadsheet"),
        (["1.5", "2%"], 3, "all values of the column as percentages, or none"),
        (["1.5", "n/a?"], 3, "leave the cell empty"),
        (["round", "flat"], 2, "rename the column 'Metadata_x'"),
    ],
)
def test_the_rest_is_named(values: list[str], row: int, fix: str) -> None:
    with pytest.raises(InputError, match=f"row {row}: 'x' is ") as error:
        numbers(pd.Series(values), "x")
    assert fix in error.value.fix


def test_what_text_is_a_measurement() -> None:
    assert reads_as_numbers(pd.Series(["0,5", "1,5", None]))
    assert reads_as_numbers(pd.Series(["0.5", "#N/D"] * 2 + ["1.5"]))
    assert not reads_as_numbers(pd.Series(["007", "012"]))  # an id
    assert not reads_as_numbers(pd.Series(["round", "flat"]))
    assert not reads_as_numbers(pd.Series([0.5]))
    assert begins_as_a_number(pd.Series(["x", "#DIV/0!"]))
    assert not begins_as_a_number(pd.Series(["x", None]))


def test_a_time_is_not_a_number_whatever_type_holds_it() -> None:
    times = pd.Series(pd.to_datetime(["2024-01-02", None]))
    for values in (times, times.astype(object), times.astype("category"), times - times[0]):
        assert np.isnan(number_or_nan(values)).all()
    for numbers_ in (
        pd.Series([1, 2]),
        pd.Series(["1", 2.0], dtype=object),
        pd.Series([1, 2], dtype="Int64"),
    ):
        assert number_or_nan(numbers_).tolist() == [1.0, 2.0]
