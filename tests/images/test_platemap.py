"""A platemap laid over the fields of a folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.plate_tables import lay_tables_over
from phenolens.images.problem import Problem

FIELDS = pd.DataFrame({"plate": ["1", "1", "2"], "well": ["A01", "B2", "A01"], "site": [1, 1, 1]})


def lay_over(
    fields: pd.DataFrame, path: Path, columns: dict[str, str], *, allow_unmatched: bool = False
) -> tuple[pd.DataFrame, list[Problem]]:
    return lay_tables_over(fields, path.parent, path.name, columns, allow_unmatched=allow_unmatched)


def written(folder: Path, text: str) -> Path:
    path = folder / "map.csv"
    path.write_text(text)
    return path


def test_a_platemap_serves_every_plate(tmp_path: Path) -> None:
    path = written(tmp_path, "Well,Compound,Concentration\na1,taxol,0.3\nB02,DMSO,0\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert not problems
    assert meta["treatment"].tolist() == ["taxol@0.3", "DMSO", "taxol@0.3"]
    assert meta["control"].tolist() == [False, True, False]
    assert meta["well"].tolist() == ["A01", "B2", "A01"]  # as the files spell them


def test_a_table_of_plates_joins_on_both(tmp_path: Path) -> None:
    path = written(tmp_path, "Plate,Well,Site,donor\n2,A1,01,x\n1,A1,1,y\n1,B2,1,z\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert not problems
    assert meta["donor"].tolist() == ["y", "z", "x"]


def test_plates_are_text(tmp_path: Path) -> None:
    """A plate `01` is not the plate `1`; a spreadsheet may have taken its zeros."""
    path = written(tmp_path, "Plate,Well,donor\n01,A1,x\n1,A1,y\n1,B2,z\n2,A1,w\n")
    meta, _ = lay_over(FIELDS, path, {})
    assert meta["donor"].tolist() == ["y", "z", "w"]
    path = written(tmp_path, "Plate,Well,donor\n1,A1,x\n1,B2,y\n2,A1,z\n")
    fields = FIELDS.assign(plate="000" + FIELDS["plate"])
    with pytest.raises(InputError, match="zeros differ: format the column as text before saving"):
        lay_over(fields, path, {})


def test_most_fields_need_a_row(tmp_path: Path) -> None:
    path = written(tmp_path, "Well,donor\nB02,x\n")
    (problem, *_) = lay_over(FIELDS, path, {})[1]
    assert problem.serious
    assert problem.what == "2 of 3 fields have no row in the table: A01"
    assert problem.fix == "correct the wells, or allow it with allow_unmatched = true"
    (problem, *_) = lay_over(FIELDS, path, {}, allow_unmatched=True)[1]
    assert not problem.serious


def test_a_well_or_dose_that_cannot_be_is_named_with_its_row(tmp_path: Path) -> None:
    path = written(tmp_path, "\nWell,donor\nB02,x\n,\nZ99,y\n")
    with pytest.raises(InputError, match=r"map\.csv: row 5: 'well' is 'Z99'.*--set columns\.well="):
        lay_over(FIELDS, path, {})
    path = written(tmp_path, "Well,Compound,Dose (uM),Concentration\nB02,x,1,1 uM\nA1,y,1,2\n")
    with pytest.raises(InputError, match=r"map\.csv: row 2: concentration '1 uM' is not a number"):
        lay_over(FIELDS, path, {})


def test_ids_are_read_as_in_every_table(tmp_path: Path) -> None:
    """Numbers of compounds, blanks, true and false, and missing controls."""
    path = written(tmp_path, "Well ,Compound,Metadata_Control\nA01, 2245.0,yes\nB02,7.0,\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert not problems
    assert meta["compound"].tolist() == ["2245", "7", "2245"]
    assert meta["control"].tolist() == [True, False, True]


def test_fields_without_a_row_are_counted_and_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "Well,Compound,Metadata_Control\nA01,DMSO,True\nC09,taxol,False\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert {p.kind: p.what for p in problems} == {
        "no metadata": "1 of 3 fields has no row in the table: B02",
        "unused row": "1 row of the table has no image: C09",
    }
    assert meta["control"].tolist() == [True, False, True]
    assert meta["compound"].isna().tolist() == [False, True, False]


def test_a_table_that_fits_nothing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "Plate,Well\n9,A01\n")
    with pytest.raises(
        InputError, match=r"no image matches a row of the table by plate, well.*'1 A01'.*'9 A01'"
    ):
        lay_over(FIELDS, path, {})
