"""The raw export of an IncuCyte: header lines, tabs, decimal commas, images of a well."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves.export import read, recognise
from phenolens.curves.text_sheet import text_sheet

HEAD = "Label: N1\nMetric: Phase Object Confluence (Percent)\nCell Type: N206\n\n"


def test_wells_images_and_the_lines_above(tmp_path: Path) -> None:
    columns = "Date Time\tElapsed\tA1, Image 1\tA1, Image 2\tB2, Image 1\n"
    rows = "x\t0\t1,5\t2\t3\nx\t1\t4\t\t6\n"
    (tmp_path / "a.txt").write_text(HEAD + columns + rows)
    piece = read(text_sheet(tmp_path / "a.txt"))
    assert (piece.run, piece.variables) == ("N1", ["phase"])
    assert set(piece.rows["cell_line"]) == {"N206"}
    second = piece.rows[(piece.rows["well"] == "A01") & (piece.rows["site"] == 2)]
    assert second["phase"].tolist()[0] == 2.0
    assert second["phase"].isna().tolist() == [False, True]
    assert piece.why == "row 5 names a time, then wells as 'A1, Image 1'"


def test_a_well_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Elapsed\tA1\tA01\n0\t1\t2\n")
    with pytest.raises(InputError, match="column 'A01' appears twice"):
        read(text_sheet(tmp_path / "a.txt"))


def test_conditions_are_no_wells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Elapsed,Control,R428 1 uM\n0,1,2\n")
    assert recognise(text_sheet(tmp_path / "a.csv")) is None
