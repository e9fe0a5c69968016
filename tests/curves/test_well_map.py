"""Maps of plates: PlateMap XML whose rows and columns count from 0, and tables of wells."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.curves.piece import Piece
from phenolens.curves.sheet import Cell, Sheet
from phenolens.curves.well_map import WellMap, read_table_map, read_xml_map, recognise

WELL = """<well row="{row}" col="{col}"><items>{items}</items></well>"""
DRUG = (
    '<wellItem type="Compound" concentration="{dose}" concentrationUnits="{unit}">'
    '<referenceItem displayName="{name}" /></wellItem>'
)
CELLS = '<wellItem type="CellType"><referenceItem displayName="line_1" /></wellItem>'


def _map(
    folder: Path, *wells: str, head: str = '<?xml version="1.0" encoding="utf-8"?>'
) -> WellMap:
    body = f"{head}<plateMap><wells>{''.join(wells)}</wells></plateMap>"
    (folder / "map.txt").write_bytes(b"\xef\xbb\xbf" + body.encode())
    found = read_xml_map(folder / "map.txt")
    assert found is not None
    return found


def test_rows_and_columns_count_from_zero(tmp_path: Path) -> None:
    drug = DRUG.format(dose="50", unit="nM", name="drug_1")
    found = _map(
        tmp_path, '<well row="0" col="0" />', WELL.format(row=1, col=2, items=CELLS + drug)
    )
    assert list(found.treatments) == ["B03"]
    assert [str(d) for d in found.treatments["B03"].doses] == ["drug_1 0.05 uM"]
    assert found.cells == {"B03": "line_1"}


def test_units_stay_what_they_are(tmp_path: Path) -> None:
    drug = DRUG.format(dose="200", unit="ng/\u00b5l", name="d")
    (dose,) = _map(tmp_path, WELL.format(row=0, col=0, items=drug)).treatments["A01"].doses
    assert (dose.number, dose.kind) == (200.0, "ng/ul")


@pytest.mark.parametrize(
    ("well", "message"),
    [
        (WELL.format(row=99, col=0, items=""), "on no plate"),
        (WELL.format(row="x", col=0, items=""), "on no plate"),
        (WELL.format(row=0, col=0, items=CELLS), "no well of the map has a compound"),
        (
            WELL.format(row=0, col=0, items=DRUG.format(dose="much", unit="", name="d")),
            "not a number",
        ),
        ("<well", "cannot be read as XML"),
    ],
)
def test_what_is_wrong_in_a_map(tmp_path: Path, well: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _map(tmp_path, well)


def test_entities_are_refused(tmp_path: Path) -> None:
    many = "<!-- a -->" * 5000
    (tmp_path / "m.xml").write_text(f"{many}x")
    assert read_xml_map(tmp_path / "m.xml") is None
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plateMap><wells/></plateMap>'
    (tmp_path / "m.xml").write_text(f'<?xml version="1.0"?>{bomb}')
    with pytest.raises(InputError, match="declares entities"):
        read_xml_map(tmp_path / "m.xml")
    (tmp_path / "m.xml").write_text("<plateMap><!ENTITY a 'b'></plateMap>")
    with pytest.raises(InputError, match="declares entities"):
        read_xml_map(tmp_path / "m.xml")


def test_a_table_of_wells() -> None:
    rows = [["Well", "Treatment", "Ref_T", "Analysis_Job"], ["A1", "MK_100uM", "DMSO_1", "J"]]
    sheet = Sheet(Path("annotation.csv"), [*rows, ["A2", "DMSO_1", "DMSO_1", "J"]])
    assert recognise(sheet) == "its columns are Well, Treatment, Ref_T, Analysis_Job"
    found = read_table_map(sheet)
    assert found.treatments["A01"].doses[0].number == 100.0
    assert (found.controls, found.jobs) == (("DMSO_1",), frozenset({"J"}))
    with pytest.raises(InputError, match=r"a\.csv: row 2: 'Well' is 'Z99', which is not"):
        read_table_map(Sheet(Path("a.csv"), [["Well", "Treatment"], ["Z99", "a"]]))
    twice = [["Well", "Treatment"], ["A1", "a"], ["A01", "b"]]
    with pytest.raises(InputError, match=r"a\.csv: row 3: has well 'A01' with two"):
        read_table_map(Sheet(Path("a.csv"), twice))


def test_the_real_maps(grids: Path) -> None:
    large = read_xml_map(grids / "sample_data_384_platemap.txt")
    assert large is not None
    assert len(large.treatments) == 268
    drugs = {dose.drug for t in large.treatments.values() for dose in t.doses}
    assert len(drugs) == 23
    assert {d.kind for t in large.treatments.values() for d in t.doses} == {"ng/ul"}
    assert set(large.cells.values()) == {"line_1", "line_2"}
    small = read_xml_map(grids / "sample_data_96_platemap.txt")
    assert small is not None
    assert {d.kind for t in small.treatments.values() for d in t.doses} == {"uM", "mg/ml"}
    both = read_xml_map(grids / "sample_data_synergy_platemap.xml")
    assert both is not None
    assert len(both.treatments) == 60
    assert max(len(t.active) for t in both.treatments.values()) == 2
    assert read_xml_map(grids / "sample_data_1.txt") is None


def test_a_table_of_wells_with_doses_and_what_else_it_says() -> None:
    header: list[Cell] = [
        "Well",
        "Compound",
        "Dose (nM)",
        "control",
        "Cell line",
        "Reference",
        "Plate",
    ]
    rows: list[list[Cell]] = [
        ["A1", "Erl", 20, "no", "PC9", "A3", "P1"],
        ["A2", "Erl", 100, "no", "PC9", "A3", "P1"],
        ["A3", "PBS", None, "yes", "PC9", "A3", "P1"],
    ]
    found = read_table_map(Sheet(Path("map.csv"), [header, *rows]))
    assert [t.doses[0].number for t in found.treatments.values()] == [0.02, 0.1, None]
    assert {t.doses[0].drug for t in found.marked} == {"PBS"}
    assert set(found.cells.values()) == {"PC9"}
    assert found.further == {"Reference": dict.fromkeys(("A01", "A02", "A03"), "A3")}
    assert found.unused == ("Plate",)
    measured = pd.DataFrame({"well": ["A01", "A03"], "time": 0.0, "treatment": -1, "x": [1.0, 2]})
    path = Path("p.csv")
    piece = Piece(path, "p.csv", "p.csv", "grid", "", "p", "p", measured)
    laid = found.lay_on(piece)
    assert laid.rows["Reference"].tolist() == ["A3", "A3"]
    assert laid.variables == ["x"]
    assert [laid.treatments[k].doses[0].drug for k in laid.marked] == ["PBS"]
    assert laid.unused == ("Plate (map.csv)",)
    rows[1][2] = -1
    with pytest.raises(InputError, match=r"map\.csv: row 3: the dose in 'Dose \(nM\)' is -1"):
        read_table_map(Sheet(Path("map.csv"), [header, *rows]))


def test_a_dose_below_zero_and_what_is_not_used_in_a_plate_map(tmp_path: Path) -> None:
    drug = DRUG.format(dose="2", unit="nM", name="Erl")
    cells = CELLS.replace('"CellType"', '"CellType" passage="3"', 1)
    assert _map(tmp_path, WELL.format(row=0, col=1, items=cells + drug)).unused == ("passage",)
    drug = DRUG.format(dose="-2", unit="nM", name="Erl")
    with pytest.raises(InputError, match="well B03: the concentration of 'Erl' is -2, below zero"):
        _map(tmp_path, WELL.format(row=1, col=2, items=drug))
