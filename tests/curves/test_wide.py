"""One column per condition: replicates below and next to each other, odd times, blank columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.curves.piece import Piece
from phenolens.curves.text_sheet import text_sheet
from phenolens.curves.wide import read, recognise


def _read(folder: Path, text: str, name: str = "run_phase.csv") -> Piece:
    (folder / name).write_text(text)
    return read(text_sheet(folder / name))


def _values(piece: Piece, drug: str, replicate: str) -> list[float]:
    code = next(i for i, t in enumerate(piece.treatments) if t.doses[0].drug == drug)
    rows = piece.rows[(piece.rows["treatment"] == code) & (piece.rows["replicate"] == replicate)]
    return list(rows.sort_values("time")["phase"])


def test_stacked_replicates_are_parted_where_time_falls_back(tmp_path: Path) -> None:
    piece = _read(tmp_path, "Date,Elapsed,Control,Erl 1 nM\n,0,1,2\n,3,3,4\n,0,5,6\n,3,7,8\n")
    assert _values(piece, "Control", "2") == [5, 7]
    assert _values(piece, "Erl", "1") == [2, 4]
    assert (piece.run, piece.variables) == ("run", ["phase"])
    assert recognise(text_sheet(tmp_path / "run_phase.csv")) == (
        "row 1 names 'Elapsed', then 2 columns of conditions"
    )


def test_replicates_may_differ_in_their_number_of_times(tmp_path: Path) -> None:
    piece = _read(tmp_path, "Elapsed,Control\n0,1\n3,2\n6,3\n0,4\n3,5\n0,6\n3,7\n6,8\n")
    assert [_values(piece, "Control", r) for r in "123"] == [[1, 2, 3], [4, 5], [6, 7, 8]]
    assert "its replicates have 3, 2, 3 times" in piece.notes


def test_columns_of_one_name_are_replicates_too(tmp_path: Path) -> None:
    text = "Elapsed,Eto 1 uM,Eto 1 uM,Eto 1 uM.1\n0,1,2,3\n3,4,5,6\n0,7,8,9\n3,10,11,12\n"
    piece = _read(tmp_path, text)
    assert sorted(piece.rows["replicate"].unique()) == list("123456")
    assert _values(piece, "Eto", "3") == [2, 5]
    assert _values(piece, "Eto", "6") == [9, 12]


def test_times_that_are_doubled_or_out_of_order_are_counted(tmp_path: Path) -> None:
    piece = _read(tmp_path, "Elapsed,Control\n0,1\n3,2\n3,4\n9,5\n6,6\n12,7\n")
    assert (piece.doubled, piece.out_of_order) == (1, 1)
    assert _values(piece, "Control", "1") == [1, 3, 6, 5, 7]


def test_blanks_are_missing_values_and_blank_columns_are_nothing(tmp_path: Path) -> None:
    piece = _read(tmp_path, "Elapsed,Control,A 1 nM,,\n0,1,,,\n3,NaN,2,,\n,,,,\n")
    np.testing.assert_array_equal(_values(piece, "Control", "1"), [1, np.nan])
    np.testing.assert_array_equal(_values(piece, "A", "1"), [np.nan, 2])
    assert piece.notes == ()
    named = _read(tmp_path, "Elapsed,Control,B 1 nM,\n0,1,,5\n3,2,,\n")
    assert named.notes == (
        "column 'B 1 nM' has no values",
        "column 4 has values and no name: left out",
    )


def test_hours_by_the_unit_of_the_column(tmp_path: Path) -> None:
    piece = _read(tmp_path, "Time (min);Control\n0;1\n90;2,5\n", "a_phase.csv")
    assert piece.rows["time"].tolist() == [0.0, 1.5]
    assert piece.rows["phase"].tolist() == [1.0, 2.5]


def test_what_cannot_be_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 3 has values and no time in 'Elapsed'"):
        _read(tmp_path, "Elapsed,Control\n0,1\n,2\n")
    with pytest.raises(InputError, match=r"row 3: 'Control' is '1\.2\.3', not a number"):
        _read(tmp_path, "Elapsed,Control\n0,1\n3,1.2.3\n")
    with pytest.raises(InputError, match="has no rows below its header"):
        _read(tmp_path, "Elapsed,Control\n")


def test_other_tables_are_not_recognised(tmp_path: Path) -> None:
    for text in ("Drug,Viability\nA,1\n", "Elapsed,Well,x\n0,A01,1\n", "Elapsed\n0\n"):
        (tmp_path / "a.csv").write_text(text)
        assert recognise(text_sheet(tmp_path / "a.csv")) is None


def test_real_files_with_two_encodings_and_uneven_times(singles: Path) -> None:
    piece = read(text_sheet(singles / "062117_PC9_confluence_green.csv"))
    table = pd.read_csv(singles / "062117_PC9_confluence_green.csv", encoding="latin-1")
    assert "its encoding is Latin-1, not UTF-8" in piece.notes
    assert piece.rows["time"].unique()[1] == 3.0333
    first = piece.rows[piece.rows["replicate"] == "2"]
    code = next(i for i, t in enumerate(piece.treatments) if str(t.doses[0]) == "U0126 13.33 uM")
    mine = first[first["treatment"] == code]["green"]
    np.testing.assert_array_equal(mine, table["U0126 13.33 \u00b5M.1"])
