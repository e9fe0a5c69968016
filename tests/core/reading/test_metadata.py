"""Each column of metadata has the type of its role, whatever its file gave it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.stream import aggregate_file
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.metadata import described, holds_lists, joined, typed
from phenolens.profiling.aggregate import Aggregate


def test_text_and_typed_files_give_the_same_metadata() -> None:
    text = {
        "Metadata_Plate": ["41744", "7"],
        "Metadata_Dose": ["0.5", "10"],
        "purity": ["0.5", "1"],
    }
    typed_file = {"Metadata_Plate": [41744, 7], "Metadata_Dose": [0.5, 10], "purity": [0.5, 1.0]}
    made = [described(pd.DataFrame(table), {})[0] for table in (text, typed_file)]
    assert made[0].to_dict("list") == made[1].to_dict("list")
    assert made[0].to_dict("list")["plate"] == ["41744", "7"]
    assert made[0]["concentration"].tolist() == [0.5, 10.0]


def test_roles_decide() -> None:
    assert typed("batch", pd.Series([True, False])).tolist() == ["True", "False"]
    assert typed("time", pd.Series(["3", "24"])).tolist() == [3, 24]
    assert typed("time", pd.Series(["day 1"])).tolist() == ["day 1"]
    assert typed("count", pd.Series(["40", None])).fillna(-1).tolist() == [40.0, -1.0]
    assert typed("cell", pd.Series(["1", "2"])).tolist() == [1, 2]
    assert typed("Nuclei_Location_Center_X", pd.Series(["1.5"])).tolist() == [1.5]
    when = pd.DataFrame({"day": pd.to_datetime(["2020-01-01"])})
    assert described(when, {})[0]["day"].tolist() == ["2020-01-01"]


def test_wells_have_one_spelling_also_of_row_and_column() -> None:
    assert described(pd.DataFrame({"Metadata_Well": ["a1"]}), {})[0]["well"].tolist() == ["A01"]
    rows = pd.DataFrame({"Metadata_Row": [2], "Metadata_Column": [12]})
    assert described(rows, {})[0]["well"].tolist() == ["B12"]
    with pytest.raises(InputError, match="'Z99'"):
        described(pd.DataFrame({"Metadata_Well": ["Z99"]}), {})


def test_blanks_are_counted_and_lists_are_sets() -> None:
    table = pd.DataFrame({"Metadata_Compound ": ["DMSO\u00a0", "a"], "wells": [["A1", "A2"], None]})
    meta, facts = described(table, {})
    assert facts == {"blanks_stripped": 2}
    assert meta["compound"].tolist() == ["DMSO", "a"]
    assert meta["wells"].tolist()[0] == "A1|A2"
    assert holds_lists(table["wells"])
    assert not holds_lists(table["Metadata_Compound "])
    assert joined(pd.Series([np.array([1, 2])])).tolist() == ["1|2"]


def test_several_named_values_in_a_cell_are_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Metadata_Well": ["A1"], "Metadata_s": [{"a": 1}], "Cells_a": [1.5]})
    frame.assign(open=[{"b": 2}]).to_parquet(tmp_path / "t.parquet")
    made = Profiles.load(tmp_path / "t.parquet")
    assert made.names == ("Cells_a",)
    assert made.meta["s"].tolist() == ["{'a': 1}"]
    streamed = aggregate_file(tmp_path / "t.parquet", Aggregate(by=("well",), how="mean"))
    assert streamed.meta["open"].tolist() == ["{'b': 2}"]


def test_a_prefix_in_small_letters_marks_metadata_too(tmp_path: Path) -> None:
    text = "metadata_plate,metadata_age,Cells_a\n0042,3.5,0.5\n42,4.5,0.6\n"
    (tmp_path / "t.csv").write_text(text)
    assert Profiles.load(tmp_path / "t.csv").names == ("Cells_a",)
