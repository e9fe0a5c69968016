"""Workbooks are read through openpyxl, and bounded before."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves import workbook
from phenolens.curves.workbook import workbook_sheets

openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = openpyxl.Workbook()
    made.active.title = "phase "
    for row in (["Elapsed", "Control"], [0, 1.5], [3, " "], [None, None]):
        made.active.append(row)
    made.create_sheet("empty")
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_cells_are_values_and_blanks_are_none(book: Path) -> None:
    (sheet,) = workbook_sheets(book)
    assert (sheet.name, sheet.rows) == ("phase", [["Elapsed", "Control"], [0, 1.5], [3, None]])
    assert sheet.where == f"{book}, sheet 'phase'"


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.xlsx").write_text("Elapsed,Control")
    with pytest.raises(InputError, match="is not a workbook of Excel"):
        workbook_sheets(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        workbook_sheets(tmp_path / "c.xlsx")
    with pytest.raises(InputError, match="no such file"):
        workbook_sheets(tmp_path / "d.xlsx")


def test_what_unpacks_to_too_much_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_CELLS", 3)
    with pytest.raises(InputError, match="more than 3 cells"):
        workbook_sheets(book)
    monkeypatch.setattr(workbook, "MOST_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to more than"):
        workbook_sheets(book)


def test_without_openpyxl_its_extra_is_named(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r"needs openpyxl.*phenolens\[curves\]"):
        workbook_sheets(book)
