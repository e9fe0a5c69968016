from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.grouping.groups import RowGroups


def profiles(**columns: list[object]) -> Profiles:
    meta = pd.DataFrame(columns)
    return Profiles(meta=meta, features=np.zeros((len(meta), 1)))


def test_groups_are_sorted_and_complete() -> None:
    table = profiles(plate=["b", "a", "b", "a"], dose=[10.0, 2.0, 2.0, 2.0])
    groups = RowGroups.of(table, ("plate", "dose"), "test")
    assert groups.table.to_numpy().tolist() == [["a", 2.0], ["b", 2.0], ["b", 10.0]]
    assert [rows.tolist() for rows in groups] == [[1, 3], [2], [0]]
    assert groups.name(2) == "plate=b, dose=10.0"


def test_a_missing_or_blank_value_has_no_group() -> None:
    table = profiles(plate=["a", None, " ", "b"], well=["x", "x", "x", None])
    groups = RowGroups.of(table, ("plate", "well"), "test")
    assert groups.codes.tolist() == [0, -1, -1, -1]
    with pytest.raises(InputError, match="3 rows have no value"):
        groups.every_row_in_one("test")


def test_no_column_makes_one_group() -> None:
    groups = RowGroups.of(profiles(plate=["a", "b"]), (), "test")
    assert len(groups) == 1
    assert groups.codes.tolist() == [0, 0]
    assert groups.name(0) == "all rows"


def test_a_row_in_two_groups_is_refused_with_a_mend() -> None:
    groups = RowGroups.of(profiles(batch=["w1", "w1|w2"]), ("batch",), "coral")
    with pytest.raises(InputError, match="before aggregating"):
        groups.every_row_in_one("coral")


def test_unknown_column_is_named() -> None:
    with pytest.raises(InputError, match="did you mean 'plate'"):
        RowGroups.of(profiles(plate=["a"]), ("plat",), "test")


def test_numbers_are_in_the_order_of_numbers_in_a_column_of_objects_too() -> None:
    values = pd.Series([10, 9, None, 10], dtype=object)
    for column in (values, values.astype("Int64"), values.astype("category")):
        profiles = Profiles(meta=pd.DataFrame({"site": column}), features=np.ones((4, 1)))
        assert RowGroups.of(profiles, ("site",), "x").codes.tolist() == [1, 0, -1, 1]
