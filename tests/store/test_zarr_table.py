"""Tables in Zarr come back as they were, whatever their columns hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.store.zarr_table import read_table, write_table

zarr = pytest.importorskip("zarr")


def test_every_kind_of_column() -> None:
    meta = pd.DataFrame(
        {
            "plate": ["P1", "P2", "P3"],
            "site/of": np.array([1, 2, 3]),
            "concentration": [0.1, np.nan, 3.0],
            "control": [True, False, True],
            "moa": ["kinase", None, "DMSO"],
            "empty": ["", None, "x"],
            "mixed": [1, "1", None],
            "flag": pd.Series([True, None, False], dtype=object),
            "none": pd.Series([None, None, None], dtype=object),
        }
    )
    group = zarr.create_group(zarr.storage.MemoryStore())
    write_table(group, meta)
    found = read_table(group, "here")
    pd.testing.assert_frame_equal(found, meta)
    assert [array.attrs["kind"] for _, array in sorted(group["table"].arrays())] == [
        *("text", "number", "number", "bool", "text", "json", "json", "json", "text")
    ]
    assert read_table(group, "here").columns.tolist() == list(meta)


def test_whole_numbers_with_missing_values_and_categories() -> None:
    meta = pd.DataFrame(
        {
            "site": pd.array([1, None, 3], dtype="Int64"),
            "batch": pd.Categorical(["a", "b", "a"]),
        }
    )
    group = zarr.create_group(zarr.storage.MemoryStore())
    write_table(group, meta)
    found = read_table(group, "here")
    assert found["batch"].tolist() == ["a", "b", "a"]
    assert found["site"].tolist()[::2] == [1, 3]
    assert found["site"].isna().tolist() == [False, True, False]


def test_what_is_no_table() -> None:
    group = zarr.create_group(zarr.storage.MemoryStore())
    with pytest.raises(InputError, match="here: has no group 'table'"):
        read_table(group, "here")
    table = group.create_group("table")
    table.create_array("a", data=np.arange(3))
    table.create_array("b", data=np.arange(4))
    with pytest.raises(InputError, match=r"columns of its table differ in length \(\[3, 4\]\)"):
        read_table(group, "here")
    table.create_array("c", data=np.ones((3, 2)))
    with pytest.raises(InputError, match="column 'c' of its table has 2 axes"):
        read_table(group, "here")
