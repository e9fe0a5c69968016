"""Long tables: roles by column, doses by their unit, everything else a measurement."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves.long import read, recognise
from phenolens.curves.piece import Piece
from phenolens.curves.text_sheet import text_sheet

TEXT = (
    "Drug,Conc (nM),Elapsed,Well,donor_id,phase\n"
    "Erl,10,0,a1,7,1.5\nErl,10,3,a1,7,2\nDMSO,0,0,B2,8,3\n"
)


def _read(folder: Path, text: str, columns: Mapping[str, str] | None = None) -> Piece:
    (folder / "a.csv").write_text(text)
    return read(text_sheet(folder / "a.csv"), columns or {})


def test_roles_doses_and_measurements(tmp_path: Path) -> None:
    piece = _read(tmp_path, TEXT)
    assert [str(t.doses[0]) for t in piece.treatments] == ["Erl 0.01 uM", "DMSO 0 uM"]
    assert piece.rows["treatment"].tolist() == [0, 0, 1]
    assert piece.rows["well"].tolist() == ["A01", "A01", "B02"]
    assert (piece.variables, piece.others) == (["phase"], ["donor_id"])


def test_a_column_of_units_and_names_with_doses(tmp_path: Path) -> None:
    piece = _read(
        tmp_path, "Drug,Dose,dose_unit,Hours,x\nErl,1,mM,0,5\n", {"concentration": "Dose"}
    )
    assert piece.treatments[0].doses[0].number == 1000.0
    named = _read(tmp_path, "Treatment,Hours,x\nErl 5 nM,0,5\nControl,0,6\n", {})
    assert named.treatments[0].doses[0].number == 0.005
    two = _read(tmp_path, "Drug,Conc,unit_of_dose,t,x\nE,1,nM,0,5\nE,1,uM,0,5\n")
    assert [t.doses[0].number for t in two.treatments] == [0.001, 1.0]
    assert two.named["concentration_unit"] == "unit_of_dose"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no column 'Dose'"):
        _read(tmp_path, TEXT, {"concentration": "Dose"})
    with pytest.raises(InputError, match=r"a\.csv: row 3: has no time in 'Hours'"):
        _read(tmp_path, "Drug,Hours,x\nE,0,5\nE,,5\n", {})
    with pytest.raises(InputError, match="no column of measurements"):
        _read(tmp_path, "Drug,Hours\nE,0\n", {})


def test_recognised_by_times_and_roles(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Drug,step,x\nE,0,5\n")
    sheet = text_sheet(tmp_path / "a.csv")
    assert recognise(sheet, {}) is None
    assert recognise(sheet, {"time": "step"}) == "its columns name time ('step'), compound ('Drug')"


def test_the_real_tracks(data_dir: Path, tmp_path: Path) -> None:
    with gzip.open(data_dir / "celltracks-dose" / "leukocyte_steps.csv.gz", "rt") as file:
        lines = [line for i, line in enumerate(file) if i % 40 == 0]
    (tmp_path / "a.csv").write_text("".join(lines))
    sheet = text_sheet(tmp_path / "a.csv")
    piece = read(sheet, {"time": "t", "replicate": "track_id"})
    assert piece.variables == ["x", "y"]
    assert {t.doses[0].drug for t in piece.treatments} == {"pbs", "cxcl1", "cxcl8", "fmlp"}
    assert "patient" in piece.others


@pytest.mark.parametrize("dose", ["-5", "inf"])
def test_an_impossible_dose_is_named_by_the_row_of_a_spreadsheet(tmp_path: Path, dose: str) -> None:
    """Blank lines count, and rows are named as the file has them, not as they are sorted."""
    text = f"Drug,Conc (nM),t,x\nB,1,3,1\n,,,\nB,1,0,1\nA,{dose},0,5\nA,2,0,5\n"
    with pytest.raises(InputError, match=r"a\.csv: row 5: the dose in 'Conc \(nM\)' is '(-5|inf)'"):
        _read(tmp_path, text)


def test_columns_keep_their_use(tmp_path: Path) -> None:
    text = (
        "Drug,Conc,Time (min),Date,MoA,run_date,lane,empty,x\n"
        "A,1,0,2020-01-01,kinase,d1,1,,5\nA,1,30,2020-01-01,kinase,d1,2,,6\n"
    )
    piece = _read(tmp_path, text, {"batch": "run_date", "line": "lane"})
    assert piece.rows["time"].tolist() == [0, 0.5]
    assert piece.clock == "'Time (min)', minutes"
    assert piece.named == {
        "compound": "Drug",
        "concentration": "Conc",
        "batch": "run_date",
        "moa": "MoA",
        "line": "lane",
    }
    assert piece.rows["moa"].tolist() == ["kinase"] * 2
    assert piece.rows["line"].tolist() == ["1", "2"]
    assert piece.unused == ("Date", "empty")
    assert piece.variables == ["x"]


def test_a_column_of_controls_counts_and_one_of_names_is_metadata(tmp_path: Path) -> None:
    flags = "Drug,control,t,x\nPBS,yes,0,1\nA,no,0,2\nB,yes,0,3\nB,no,3,4\n"
    piece = _read(tmp_path, flags)
    assert [piece.treatments[k].doses[0].drug for k in piece.marked] == ["PBS"]
    assert "'control' marks some rows of B as controls, and not all: it is none" in piece.notes
    names = _read(tmp_path, "Drug,control,t,x\nA,DMSO,0,1\nA,PBS,3,2\n")
    assert not names.marked
    assert names.others == ["control"]
    with pytest.raises(InputError, match="row 2: 'control' is 'DMSO', neither true nor false"):
        _read(tmp_path, "Drug,control,t,x\nA,DMSO,0,1\n", {"control": "control"})


def test_of_two_columns_of_drugs_the_one_with_doses_is_read(tmp_path: Path) -> None:
    piece = _read(tmp_path, "compound,treatment,t,x\nErl,Erl 5 nM,0,1\nErl,Erl 10 nM,0,2\n")
    assert [t.doses[0].number for t in piece.treatments] == [0.005, 0.01]
    assert piece.unused == ("compound",)
    other = _read(tmp_path, "compound,treatment,t,x\nErl,low,0,1\nErl,high,0,2\n")
    assert [t.doses[0].drug for t in other.treatments] == ["Erl"]
    assert other.unused == ("treatment",)
