"""Times, bytes and short numbers are what a file of text would hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.reading.spelling import as_text_files_have, spelt, widened


@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2020-01-01", "2020-01-02"]),
        pd.to_datetime(["2020-01-01 00:00:00", "2020-01-02 03:04:05"]),
        pd.to_datetime(["2020-01-01 00:00:00.5", "2020-01-02 03:04:05.0"]),
        pd.to_datetime(["2020-01-01"]).tz_localize("Europe/Berlin"),
        pd.to_datetime(["2020-01-01 01:00:00"]).astype("datetime64[us]"),
        pd.to_timedelta(["1D", "2D"]),
        pd.to_timedelta(["1s", "1.5s"]),
    ],
)
def test_a_time_is_the_text_that_pandas_writes(values: pd.Index) -> None:
    column = pd.Series(values, name="t")
    written = column.to_csv(index=False, header=False).split()
    assert " ".join(spelt(column, "t")).split() == written
    category = spelt(column.astype("category"), "t")
    assert category.tolist() == spelt(column, "t").tolist()


def test_a_missing_time_is_missing() -> None:
    made = spelt(pd.Series(pd.to_datetime([None, "2020-01-01"])), "t")
    assert made.isna().tolist() == [True, False]


def test_bytes_are_text_or_refused_by_row() -> None:
    made = spelt(pd.Series([b"P1 ", b"NA", None, "é".encode()]), "p")
    assert made.fillna("?").tolist() == ["P1", "?", "?", "é"]
    # Both would be one id if what is not UTF-8 were replaced.
    for values in (pd.Series([b"a", b"\xff1", b"\xfe1"]), pd.Series([b"\xff1"]).astype("category")):
        with pytest.raises(
            InputError, match=r"'p' holds bytes that are not text in UTF-8: b'.xff1'"
        ):
            spelt(values, "p")


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32"])
def test_short_numbers_are_as_they_are_spelt(dtype: str) -> None:
    made = widened(pd.Series([0.1, None, 2.5, 0.1], dtype=dtype))
    assert made.dtype == np.float64
    assert made.fillna(-1).tolist() == [0.1, -1, 2.5, 0.1]


def test_other_columns_are_not_touched() -> None:
    table = pd.DataFrame({"a": [1.5], "b": ["x"], "c": [True], "d": [(1, 2)]})
    assert as_text_files_have(table, short=True) is table
    table["f"] = np.array([0.1], np.float32)
    assert as_text_files_have(table, short=False) is table
    assert as_text_files_have(table, short=True)["f"].tolist() == [0.1]
