"""Several metadata tables, each of some plates, laid over the fields of a folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.plate_tables import lay_tables_over
from phenolens.images.problem import Problem

FIELDS = pd.DataFrame(
    {"plate": ["P1", "P1", "P2", "P2"], "well": ["A01", "B2", "A01", "B02"], "site": [1, 1, 1, 1]}
)


def laid(
    folder: Path, fields: pd.DataFrame = FIELDS, **tables: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Write tables, the names of whose columns are given in their first line, and lay them over."""
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return lay_tables_over(fields, folder, tuple(f"{name}.csv" for name in tables), {})


def test_a_table_without_plates_is_of_the_plate_in_its_name(tmp_path: Path) -> None:
    one, two = "well,donor\nA1,a\nB2,b\n", "Metadata_Plate,well,donor\nP1,A1,c\nP1,b02,d\n"
    meta, problems = laid(tmp_path, map_p2=one, other=two)
    assert not problems
    assert meta["donor"].tolist() == ["c", "d", "a", "b"]
    meta, _ = laid(tmp_path, P1=one, P2=one.replace("a", "x"))
    assert meta["donor"].tolist() == ["a", "b", "x", "b"]


def test_the_longest_name_of_a_plate_counts(tmp_path: Path) -> None:
    fields = FIELDS.assign(plate=["P1", "P1", "P1-2", "P1-2"])
    text = "well,donor\nA1,{0}\nB2,{0}\n"
    given = {"map_P1-2": text.format("x"), "map_P1": text.format("y")}
    meta, _ = laid(tmp_path, fields, **given)
    assert meta["donor"].tolist() == ["y", "y", "x", "x"]


def test_a_name_that_fits_no_plate_or_two_is_refused(tmp_path: Path) -> None:
    text = "well,donor\nA1,a\n"
    with pytest.raises(InputError, match=r"layout\.csv: .* no plate's name \(the plates are \['P1"):
        laid(tmp_path, P1=text, layout=text)
    with pytest.raises(InputError, match=r"P1_and_P2\.csv: .* of 2 plates \(they are P1, P2\)"):
        laid(tmp_path, P1=text, P1_and_P2=text)


def test_a_row_in_two_tables_is_named(tmp_path: Path) -> None:
    _, problems = laid(
        tmp_path, P1="well,donor\nA1,a\nB2,b\n", more="plate,well,donor\nP2,A1,c\nP1,b2,d\n"
    )
    assert [str(p) for p in problems] == [
        "more.csv row 3: repeats row 3 of P1.csv (plate P1, well B02); remove one of the two rows, "
        "or leave one of the files out"
    ]
    assert problems[0].serious
    _, problems = laid(tmp_path, P1="well,donor\nA1,a\na01,b\n", P2="well,donor\nA1,a\n")
    assert [(p.place, p.what) for p in problems] == [
        ("P1.csv row 3", "repeats row 2 (plate P1, well A01)")
    ]


def test_barcodes_say_which_map_a_plate_has(tmp_path: Path) -> None:
    codes = "Assay_Plate_Barcode,Plate_Map_Name\nP1,mapA\nP2,mapA\nP9,mapB\n"
    maps = {"mapA": "well_position\tdonor\nA01\ta\nB02\tb\n", "mapB": "well,donor\nA01,z\n"}
    (tmp_path / "codes.csv").write_text(codes)
    (tmp_path / "mapA.txt").write_text(maps["mapA"])
    (tmp_path / "mapB.csv").write_text(maps["mapB"])
    meta, problems = lay_tables_over(FIELDS, tmp_path, ("codes.csv", "mapA.txt", "mapB.csv"), {})
    assert meta["donor"].tolist() == ["a", "b", "a", "b"]
    assert [(p.kind, p.serious) for p in problems] == [("unused table", False)]
    assert "mapB.csv" in problems[0].what
    with pytest.raises(InputError, match=r"codes\.csv: names the platemap 'mapA', and none of the"):
        lay_tables_over(FIELDS, tmp_path, ("codes.csv", "mapB.csv"), {})


def test_errors_name_the_file_and_its_row(tmp_path: Path) -> None:
    good = "well,Compound,Concentration\nA1,x,1\nB2,x,2\n"
    with pytest.raises(InputError, match=r"P2\.csv: row 3: concentration 'much' is not a number"):
        laid(tmp_path, P1=good, P2=good.replace("x,2", "x,much"))
    with pytest.raises(InputError, match=r"P2\.csv: lacks column 'well'"):
        laid(tmp_path, P1=good, P2="place,donor\nA1,a\n")
    with pytest.raises(InputError, match=r"P2\.csv: has a column 'site', which P1\.csv lacks"):
        laid(tmp_path, P1=good, P2="well,site,donor\nA1,1,a\n")
    with pytest.raises(InputError, match=r"P1\.csv and 1 more tables.*P2\.csv row 2"):
        laid(
            tmp_path,
            P1="well,Compound,Concentration,Concentration_unit\nA1,x,1,uM\nB2,x,2,uM\n",
            P2="well,Compound,Concentration,Concentration_unit\nA1,x,1,nM\nB2,x,2,nM\n",
        )


def test_a_screen_of_one_plate_without_a_name(tmp_path: Path) -> None:
    root = tmp_path / "BR7"
    root.mkdir()
    for name, well in (("BR7_left", "A1"), ("BR7_right", "B2")):
        (root / f"{name}.csv").write_text(f"well,donor\n{well},{name[4:]}\n")
    fields = FIELDS[:2].drop(columns="plate")
    meta, _ = lay_tables_over(fields, root, ("BR7_left.csv", "BR7_right.csv"), {})
    assert meta["donor"].tolist() == ["left", "right"]
    assert meta["plate"].tolist() == ["BR7", "BR7"]


def test_one_table_of_all_plates_that_is_called_as_one_of_them(tmp_path: Path) -> None:
    meta, problems = laid(tmp_path, P1="well,donor\nA1,a\nB2,b\n")
    assert meta["donor"].tolist() == ["a", "b", "a", "b"]
    assert [(p.kind, p.serious) for p in problems] == [("platemap of all plates", False)]
    assert not laid(tmp_path, map="well,donor\nA1,a\nB2,b\n")[1]


def test_a_plate_that_the_barcodes_omit_has_the_table_of_its_name(tmp_path: Path) -> None:
    meta, problems = laid(
        tmp_path,
        codes="Assay_Plate_Barcode,Plate_Map_Name\nP1,mapA\n",
        mapA="well,donor\nA1,a\nB2,b\n",
        P2="well,donor\nA1,c\nB2,d\n",
    )
    assert meta["donor"].tolist() == ["a", "b", "c", "d"]
    assert problems == []


def test_a_table_that_lacks_a_column_of_the_others_is_named(tmp_path: Path) -> None:
    meta, problems = laid(tmp_path, P1="well,donor\nA1,a\nB2,b\n", P2="well\nA1\nB2\n")
    assert meta["donor"].isna().tolist() == [False, False, True, True]
    (one,) = [problem for problem in problems if problem.kind == "uneven tables"]
    assert (one.where, one.serious) == ("P2.csv", False)
    assert "lacks donor, which other tables have" in one.what
