"""A workbook (.xlsx) as sheets, through openpyxl; what it unpacks to is bounded first."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.curves.sheet import Cell, Sheet, cell_of

ENDINGS = (".xlsx", ".xlsm")
MOST_BYTES = 64 * 2**20  # unpacked
MOST_CELLS = 5_000_000  # of one sheet
_FIX = "save it again as .xlsx"


def workbook_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook that have cells; formulas are the values saved with them.

    Raises:
        InputError: openpyxl is not installed, or the file is damaged, too large or not a workbook.
    """
    openpyxl = import_extra("openpyxl", needed_by="a workbook of curves", extra="curves")
    _refuse_large(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of extensions that hold no cells
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                read = [_sheet(path, one) for one in book.worksheets]
            finally:
                book.close()
        except InputError:
            raise
        except Exception as error:  # openpyxl raises dozens of kinds on a damaged file
            what = f"cannot be read as a workbook: {type(error).__name__}: {error}"
            raise InputError(what, where=path, fix=_FIX) from error
    return [sheet for sheet in read if sheet.rows]


def _refuse_large(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except FileNotFoundError as error:
        raise InputError("no such file", where=path) from error
    except (OSError, zipfile.BadZipFile) as error:
        what = f"is not a workbook of Excel: {error}"
        raise InputError(what, where=path, fix=_FIX) from error
    if size > MOST_BYTES:
        what = f"unpacks to more than {MOST_BYTES // 2**20} MB, too much for a table of curves"
        raise InputError(what, where=path)


def _sheet(path: Path, one: Any) -> Sheet:
    one.reset_dimensions()  # what the file says of its size need not be true
    rows: list[list[Cell]] = []
    cells = 0
    for row in one.iter_rows(values_only=True):
        rows.append([cell_of(value) for value in row])
        cells += len(row) + 1
        if cells > MOST_CELLS:
            what = f"sheet '{one.title}' has more than {MOST_CELLS:,} cells"
            raise InputError(what, where=path, fix="delete the cells that are empty")
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    return Sheet(path, rows, name=str(one.title).strip())
