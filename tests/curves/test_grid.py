"""Plate grids: one for each time, blanks are empty wells."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves.grid import read, recognise
from phenolens.curves.sheet import Cell, Sheet
from phenolens.curves.workbook import workbook_sheets


def _sheet(*grids: list[list[Cell]], hours: tuple[float, ...] = (0, 12)) -> Sheet:
    rows: list[list[Cell]] = [["Label: P7"]]
    for time, grid in zip(hours, grids, strict=False):
        rows += [["Time Stamp:", "x", "Elapsed:", time, "hours"], [], [None, 1, 2], *grid, []]
    return Sheet(Path("p.xlsx"), rows, "data")


def test_wells_times_and_empty_wells() -> None:
    sheet = _sheet([["A", 1.5, None], ["B", 2, 0]], [["A", 3, None], ["B", None, 5]])
    piece = read(sheet)
    assert piece.run == "P7"
    first = piece.rows[piece.rows["well"] == "A01"]
    assert first["value"].tolist() == [1.5, 3.0]
    assert first["time"].tolist() == [0.0, 12.0]
    assert sorted(piece.rows["well"].unique()) == ["A01", "B01", "B02"]
    assert piece.rows[piece.rows["well"] == "B01"]["value"].isna().tolist() == [False, True]
    assert piece.notes == ("1 well is empty at every time: left out",)
    assert piece.why == "2 grids of wells, each below a line with 'Elapsed:'"


def test_grids_out_of_order_and_in_minutes() -> None:
    sheet = _sheet([["A", 1]], [["A", 2]], hours=(60, 30))
    rows = [[("min" if cell == "hours" else cell) for cell in row] for row in sheet.rows]
    piece = read(Sheet(sheet.path, rows))
    assert piece.out_of_order == 1
    assert piece.rows["time"].tolist() == [1.0, 0.5]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"row 5: 'value' is 'x', not a number"):
        read(_sheet([["A", "x", 1]]))
    with pytest.raises(InputError, match="'AZ1', which is on no plate"):
        read(_sheet([["AZ", 1, 1]]))
    missing = Sheet(
        Path("p.xlsx"), [["Elapsed:", 0, "hours"], [None, 1], ["A", 1], ["Elapsed:", 1]]
    )
    with pytest.raises(InputError, match="row 4 names a time, and no numbers of columns follow"):
        read(missing)


def test_a_table_with_a_column_elapsed_is_no_grid() -> None:
    assert recognise(Sheet(Path("a.csv"), [["Elapsed", "Control"], ["0", "1"]])) is None


def test_a_real_plate_with_uneven_times(grids: Path) -> None:
    piece = read(workbook_sheets(grids / "sample_data_96.xlsx")[0])
    assert piece.rows["time"].unique().tolist()[:4] == [0.0, 18.35, 41.533333, 69.016667]
    assert piece.rows["time"].nunique() == 14
    assert piece.rows["well"].nunique() == 80
