"""Rows with fewer cells than the header, and a file that ends in the middle of a row."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.delimited import read_frame
from phenolens.core.profiles import Profiles

HEADER = "Metadata_Plate,Metadata_Well,f,g\n"


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz"])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("P1,A01,1.5,2.5\nP1,A02\nP1,A03,3.5,4.5\n", "row 3: has 2 cells, and the header 4"),
        ("P1,A01,1.5,2.5\nP1,A02,2.5", "row 3: has 3 cells, and the header 4"),
        ('"P,1\n",A01,1.5,2.5\n"P\n""2",A02,1\n', "row 3: has 3 cells, and the header 4"),
        ("P1,A01,1.5,2.5\n\nTotal: 2\n", "row 4: has 1 cells, and the header 4"),
    ],
)
def test_a_row_without_a_measurement_is_refused(
    tmp_path: Path, name: str, rows: str, message: str
) -> None:
    text = (HEADER + rows).encode()
    text = text.replace(b",", b"\t") if ".tsv" in name else text
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    with pytest.raises(InputError, match=f"{name}: {message}"):
        Profiles.load(tmp_path / name)


def test_blanks_that_are_written_and_blank_lines_are_no_short_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(HEADER + "P1,A01,1.5,\n\n,,,\n,\nP1,A02,2.5,3.5\n")
    assert Profiles.load(path).features[:, 0].tolist() == [1.5, 2.5]
    path.write_text(HEADER.replace("g\n", "g,,\n") + "P1,A01,1.5,2.5\nP1,A02,2.5,3.5\n")
    assert len(Profiles.load(path)) == 2


def test_text_that_spreadsheets_leave_out_is_blank_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "map.csv"
    path.write_text("well,compound,moa\nA01,c,m\nA02,DMSO\nA03,DMSO\n")
    assert read_frame(path, named=None)["moa"].isna().tolist() == [False, True, True]
    assert "map.csv: 2 rows have fewer cells than the header, the first is row 3" in caplog.text
    path.write_text("well,compound,moa\nA01,c,m\nA02,DM")
    with pytest.raises(InputError, match="row 3: has 2 cells, and the header 3"):
        read_frame(path, named=None)


def test_a_number_that_may_be_cut_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "phenolens")
    (tmp_path / "t.csv").write_text(HEADER + "P1,A01,1.5,2.5\nP1,A02,2.5,4.")
    assert Profiles.load(tmp_path / "t.csv").features[1, 1] == 4
    assert "the last line has no end; if the file was cut, 'g' in row 3" in caplog.text
    caplog.clear()
    (tmp_path / "t.csv").write_text(HEADER + "P1,A01,1.5,2.5\nP1,A02,2.5,4.5\n")
    Profiles.load(tmp_path / "t.csv")
    assert not caplog.text
