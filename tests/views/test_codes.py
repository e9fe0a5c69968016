"""Columns as numbers: sorted values, and the first image that lacks one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.views.codes import Codes

META = pd.DataFrame(
    {
        "plate": ["p0", "p0", "p0", "p1", "p1", "p1"],
        "well": ["A01", "A02", "A03", "A01", "A02", "A03"],
        "batch": ["w1", "w1", "w1", "w0", "w0", "w0"],
        "dose": [10.0, 9.0, np.nan, 10.0, 0.5, 9.0],
        "target": ["b|a", " b|a ", "", "a", None, " | "],
        "control": [True, False, False, True, False, False],
        "site": [1, 2, 10, 1, 2, 10],
    }
)
ALL = np.arange(6)


def test_values_are_sorted_and_codes_are_their_places() -> None:
    codes = Codes.of(META, ("batch", "dose", "control", "site"), ALL)
    assert codes.values == {
        "batch": ("w0", "w1"),
        "dose": ("0.5", "9.0", "10.0"),
        "control": ("False", "True"),
        "site": ("1", "2", "10"),
    }
    assert codes.of_row["batch"].tolist() == [1, 1, 1, 0, 0, 0]
    assert codes.of_row["dose"].tolist() == [2, 1, -1, 2, 0, 1]
    assert codes.of_row["site"].tolist() == [0, 1, 2, 0, 1, 2]
    first = "1 of 6 images have no 'dose'; the first is on plate p0, well A03"
    assert codes.missing == {"dose": first}


def test_a_cell_is_one_value_and_a_blank_one_is_missing() -> None:
    codes = Codes.of(META, ("target",), ALL)
    assert codes.values["target"] == ("a", "b|a")
    assert codes.of_row["target"].tolist() == [1, 1, -1, 0, -1, -1]
    assert codes.missing["target"].startswith("3 of 6 images have no 'target'; the first is on")


def test_only_images_that_may_be_shown_count() -> None:
    codes = Codes.of(META, ("batch", "dose"), np.array([5, 3]))
    assert codes.values == {"batch": ("w0",), "dose": ("9.0", "10.0")}
    assert codes.of_row["batch"].tolist() == [-1, -1, -1, 0, -1, 0]
    assert codes.missing == {}


@pytest.mark.parametrize("dtype", ["category", "string"])
def test_codes_do_not_depend_on_the_dtype(dtype: str) -> None:
    typed = META.assign(target=META["target"].astype(dtype))
    ours, theirs = (Codes.of(meta, ("target",), ALL) for meta in (META, typed))
    assert ours.values == theirs.values
    assert ours.of_row["target"].tolist() == theirs.of_row["target"].tolist()


def test_an_absent_column_is_refused_and_none_takes_its_place() -> None:
    with pytest.raises(InputError, match="'moa', which the screen's table lacks"):
        Codes.of(META, ("moa",), ALL)
    with pytest.raises(InputError, match="request 'plate' where each plate is a batch of its own"):
        Codes.of(META.drop(columns="batch"), ("batch",), ALL)


def test_no_column_is_no_code() -> None:
    codes = Codes.of(META, (), ALL)
    assert (codes.of_row, codes.values, codes.missing) == ({}, {}, {})


def test_images_are_counted_by_value() -> None:
    meta = pd.DataFrame({"batch": ["b", "a", "b", None, "c"], "plate": "p", "well": "A01"})
    codes = Codes.of(meta, ["batch"], np.array([0, 1, 2, 3]))
    assert codes.values["batch"] == ("a", "b")
    assert codes.counts["batch"] == (1, 2)  # of the images that may be shown
