"""Tables on disk: found, read as text where they must be, and gaps reported by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.table import (
    as_metadata,
    find_one,
    gaps,
    odd_controls,
    read_table,
    repeats,
    require,
)


def test_names_stay_text_and_numbers_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Metadata_Plate,Well,dish,Concentration\n0042,1,007,0.5\n")
    table = as_metadata(read_table(path), {}, path)
    assert table.iloc[0].tolist() == ["0042", "1", "007", 0.5]


def test_a_damaged_parquet_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": range(100)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"t\.parquet: cannot be read as a table"):
        read_table(path)


def test_a_line_with_too_many_cells_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4,5\n")
    with pytest.raises(InputError, match=r"t\.csv: .*line 3"):
        read_table(path)


def test_gaps_and_repeats_are_told_by_the_row_of_a_spreadsheet() -> None:
    table = pd.DataFrame({"a": ["x", None, "x", "x"], "b": [1, 1, 2, 1]})
    assert [p.row for p in gaps(table, ["a", "b"], "t")] == [3]
    (twice,) = repeats(table, ["a", "b"], "t")
    assert (twice.row, twice.what) == (5, "repeats row 2 (a x, b 1)")
    (_, again) = repeats(table, ["a"], "t")
    assert again.what == "repeats row 2 (a x)"


@pytest.mark.parametrize(
    ("values", "odd"),
    [([True, False], 0), ([1, 0], 0), ([1.0, np.nan], 0), (["yes", "no"], 0), (["maybe", True], 1)],
)
def test_a_control_is_true_or_false(values: list[object], odd: int) -> None:
    table = pd.DataFrame({"control": pd.Series(values, dtype=object)})
    assert len(list(odd_controls(table, "t"))) == odd


def test_the_first_pattern_that_fits_wins(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv.gz"):
        (tmp_path / name).touch()
    assert find_one(tmp_path, "x.csv", "c*").name == "c.csv.gz"
    assert find_one(tmp_path, str(tmp_path / "a.csv")).name == "a.csv"
    with pytest.raises(InputError, match=r"matches 2 files: a\.csv, b\.csv"):
        find_one(tmp_path, "*.csv")


def test_a_missing_column_comes_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'Wel'"):
        require(pd.DataFrame({"Wel": [1]}), ["Well"], tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("name", "sign"), [("m.csv", ","), ("M.CSV", ","), ("m.tsv", "\t"), ("m.txt", "\t")]
)
def test_tables_as_they_come(tmp_path: Path, name: str, sign: str) -> None:
    """Tabs, endings in capitals, and blanks around names and cells."""
    lines = [["\ufeffMetadata_Plate ", "Well", "Compound"], ["0042", "A1", "DMSO\u00a0"]]
    (tmp_path / name).write_text("\n".join(sign.join(line) for line in lines), "utf-8")
    made = read_table(tmp_path / name)
    assert made.to_dict("list") == {
        "Metadata_Plate": ["0042"],
        "Well": ["A1"],
        "Compound": ["DMSO"],
    }


def test_a_wrong_separator_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("Plate;Well\nP1;A1\n")
    with pytest.raises(InputError, match=r"m.csv: the separator is ';', not ','"):
        read_table(tmp_path / "m.csv")
    (tmp_path / "m.txt").write_text("Plate,Well\nP1,A1\n")
    assert read_table(tmp_path / "m.txt")["Well"].tolist() == ["A1"]
