"""The row of the file is known after filtering, sorting and stacking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.source import Source
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.standardize import Standardize


def test_a_row_is_named_as_a_spreadsheet_numbers_it() -> None:
    source = Source.of(pd.RangeIndex(5), "a.csv")
    assert [source.name(0), source.name(4)] == ["a.csv row 2", "a.csv row 6"]
    assert source.take(np.array([4, 1])).name(1) == "a.csv row 3"
    mask = np.array([False, True, False, True, True])
    assert source.take(mask).take(np.array([-1])).name(0) == "a.csv row 6"
    assert Source.of(pd.Index([3, 7])).name(1) == "row 9"
    assert isinstance(source.rows, range)  # a table that was only read needs no memory for it


def test_tables_are_stacked_with_their_files() -> None:
    parts = [Source.of(pd.RangeIndex(2)), Source.of(pd.RangeIndex(3))]
    stacked = Source.stack(parts, ["a.csv", "b.csv"]).take(np.array([4, 0, 2]))
    assert [stacked.name(i) for i in range(3)] == ["b.csv row 4", "a.csv row 2", "b.csv row 2"]
    assert Source.stack([*parts, Source.unknown()], ["a", "b", "c"]).name(0) == ""


def test_rows_of_a_file_with_blank_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("Metadata_Well,Cells_a\nA1,1.5\n,\nA2,2.5\n")
    assert Profiles.load(path).place(1) == "well A02 (gaps.csv row 4)"


def test_profiles_of_several_files_and_steps(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for plate in ("P1", "P2"):
        wells = [f"A{i:02d}" for i in range(1, 7)]
        meta = {"Metadata_Plate": plate, "Metadata_Well": wells}
        meta["Metadata_Compound"] = ["DMSO"] * 3 + ["a", "b", "c"]
        table = pd.DataFrame(meta)
        table[["Cells_a", "Cells_b"]] = rng.normal(size=(6, 2))
        table.to_csv(tmp_path / f"{plate}.csv", index=False)
    both = ProfileTable(table="P?.csv", where="compound != 'a'").load(tmp_path)
    mixed = both.take(rng.permutation(len(both)))
    row = int(np.flatnonzero((mixed.meta["plate"] == "P2") & (mixed.meta["well"] == "A05"))[0])
    assert mixed.place(row) == "plate P2, well A05 (P2.csv row 6)"
    assert Standardize()(mixed).place(row) == mixed.place(row)
    made = Aggregate(by=("treatment",))(mixed)
    assert made.place(0) == f"treatment {made.meta['treatment'][0]}"
    assert Profiles(meta=pd.DataFrame(index=range(3)), features=np.eye(3)).place(2) == "row 4"
