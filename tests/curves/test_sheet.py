"""A sheet knows its header, its numbers, and what the lines above the header say."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves.sheet import Sheet, cell_of, time_column

SHEET = Sheet(Path("a.csv"), [["Label: N206"], [], ["Elapsed", "A"], ["0", "1"], ["3", "x"]])


def test_the_header_and_what_is_above_it() -> None:
    assert SHEET.header() == 2
    assert SHEET.above(2) == {"label": "N206"}
    assert SHEET.title == "a"
    assert Sheet(Path("a.csv.gz"), []).title == "a"


def test_numbers_are_read_as_everywhere_and_named_by_their_row() -> None:
    assert SHEET.column(0, 3, "Elapsed").tolist() == [0.0, 3.0]
    with pytest.raises(InputError, match=r"a\.csv: row 5: 'A' is 'x', not a number"):
        SHEET.column(1, 3, "A")


def test_cells() -> None:
    assert [cell_of(v) for v in (" a ", " ", "NA", 3, float("nan"), None)] == [
        "a",
        None,
        None,
        3,
        None,
        None,
    ]


def test_elapsed_comes_before_a_time_of_day() -> None:
    assert time_column(["Time", "Elapsed"]) == 1
    assert time_column(["Hours", "x"]) == 0


def test_a_table_has_a_name_for_every_cell() -> None:
    sheet = Sheet(Path("a.csv"), [["Well", "Treatment", None], ["A1", "x"], [], ["A2"]])
    table = sheet.table()
    assert list(table) == ["Well", "Treatment"]
    assert table.index.tolist() == [0, 2]
    with pytest.raises(InputError, match="row 2 has more cells than the header has names"):
        Sheet(Path("a.csv"), [["Well"], ["A1", "x"]]).table()
    with pytest.raises(InputError, match=r"a\.csv: column 'Well' appears twice"):
        Sheet(Path("a.csv"), [["Well", "Well"], ["A1", "x"]]).table()
