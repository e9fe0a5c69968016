from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.reading.plain_types import plain_types


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [
        ([1, 2], "Int64", "int64"),
        ([1, None], "Int64", "float64"),
        ([0.5, None], "Float64", "float64"),
        ([1, 2], "int64[pyarrow]", "int64"),
        ([True, False], "boolean", "bool"),
        ([True, None], "boolean", "object"),
        (["a", None], "string", "object"),
        (["a", None], "string[pyarrow]", "object"),
    ],
)
def test_columns_of_pandas_own_types_become_numpys(
    values: list[Any], dtype: str, wanted: str
) -> None:
    made = plain_types(pd.DataFrame({"x": pd.array(values, dtype=dtype)}))["x"]
    assert made.dtype == wanted
    missing = [v is None for v in values]
    assert made.isna().tolist() == missing
    assert not any(v is pd.NA for v in made)
    assert [v for v in made if not pd.isna(v)] == [v for v in values if v is not None]


def test_categories_are_in_the_order_of_their_values() -> None:
    words = pd.Categorical(["b", None, "a"], categories=["b", "a", "unused"], ordered=True)
    sizes = pd.Categorical([10, 2, 10], categories=[10, 2])
    made = plain_types(pd.DataFrame({"words": words, "sizes": sizes}))
    assert made["words"].cat.categories.tolist() == ["a", "b", "unused"]
    assert made["sizes"].cat.categories.tolist() == [2, 10]
    assert not made["words"].cat.ordered
    assert made["sizes"].tolist() == [10, 2, 10]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_categories_of_times_are_times(zone: str | None) -> None:
    days = pd.Series(pd.to_datetime(["2024-01-02", None, "2024-01-01"])).dt.tz_localize(zone)
    made = plain_types(pd.DataFrame({"day": days.astype("category")}))["day"]
    pd.testing.assert_series_equal(made, days, check_names=False)
    assert made.astype(str)[0] == days.astype(str)[0]


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_kept_as_objects_are_times(zone: str | None, gap: object) -> None:
    days = pd.Series(pd.to_datetime([None, "2024-01-02", "2024-01-01"])).dt.tz_localize(zone)
    kept = days.astype(object)
    kept[0] = gap
    made = plain_types(pd.DataFrame({"day": kept}))["day"]
    assert made.astype(str).tolist()[1:] == days.astype(str).tolist()[1:]
    assert made.isna().tolist() == [True, False, False]
    assert made.dtype.kind == "M"


def test_durations_are_durations_and_other_objects_are_left_alone() -> None:
    hour = pd.Timedelta(hours=1)
    table = pd.DataFrame({"after": pd.Series([hour, None], dtype=object)})
    assert plain_types(table)["after"].dtype.kind == "m"
    mixed = pd.DataFrame({"note": pd.Series([hour, "late"], dtype=object)})
    assert plain_types(mixed)["note"].tolist() == [hour, "late"]


def test_what_is_missing_among_objects_is_of_one_kind() -> None:
    kinds = pd.Series([None, np.nan, pd.NA, pd.NaT], dtype=object)
    assert not kinds.duplicated().any()  # why it matters
    made = plain_types(pd.DataFrame({"note": kinds, "moa": ["a", None, "a", pd.NA]}))
    assert made["note"].duplicated().tolist() == [False, True, True, True]
    assert made["moa"].duplicated().tolist() == [False, False, True, True]
    assert plain_types(made) is made


def test_what_is_plain_is_left_alone() -> None:
    meta = pd.DataFrame(
        {"plate": ["a"], "n": [1], "x": [0.5], "day": pd.to_datetime(["2024-01-01"])}
    )
    assert plain_types(meta) is meta
    days = meta.assign(day=meta["day"].dt.tz_localize("UTC"))
    pd.testing.assert_frame_equal(plain_types(days), days)


def test_profiles_hold_plain_types() -> None:
    meta = pd.DataFrame({"plate": pd.array(["a", None], dtype="string")}, index=[7, 9])
    made = Profiles(meta=meta, features=np.ones((2, 1))).meta
    assert made["plate"].dtype == object
    assert made.index.tolist() == [0, 1]
    assert meta["plate"].dtype == "string"
