"""A file becomes the pieces that it holds, or the map of a plate; what is neither is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from phenolens.core.errors import InputError, listed
from phenolens.curves import export, grid, long, well_map, wide
from phenolens.curves.parquet_sheet import parquet_sheet
from phenolens.curves.piece import Piece
from phenolens.curves.sheet import Sheet
from phenolens.curves.text_sheet import text_sheet
from phenolens.curves.well_map import WellMap, read_table_map, read_xml_map
from phenolens.curves.workbook import ENDINGS, workbook_sheets

_TEXTS = (".csv", ".tsv", ".txt", ".xml", ".gz")


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What one file holds.

    Attributes:
        pieces: Tables of curves.
        maps: Maps of plates.
        notes: Sheets that are neither.
    """

    pieces: tuple[Piece, ...] = ()
    maps: tuple[WellMap, ...] = ()
    notes: tuple[str, ...] = ()


def read_file(path: Path, columns: Mapping[str, str], time_unit: str = "") -> Contents:
    """Return what a file holds.

    Args:
        path: `.csv`, `.tsv`, `.txt` (also `.gz`), `.xml`, `.xlsx`, `.parquet`.
        columns: Our name -> the name in a long table.
        time_unit: Of times, as the user gives it.

    Raises:
        InputError: It cannot be read, or has no curves: says what it has instead.
    """
    ending = path.suffix.lower()
    if not path.is_file():
        raise InputError("is not a file" if path.exists() else "no such file", where=path)
    if ending in ENDINGS:
        return _of_sheets(path, workbook_sheets(path), columns, time_unit)
    if ending == ".parquet":
        return _of_sheets(path, [parquet_sheet(path)], columns, time_unit)
    if ending not in _TEXTS:
        fix = "save it as .xlsx or CSV" if ending == ".xls" else "export it as CSV or .xlsx"
        raise InputError(f"a table of curves is not read from '{ending}'", where=path, fix=fix)
    if ending in (".xml", ".txt"):
        found = read_xml_map(path)
        if found is not None:
            return Contents(maps=(found,))
        if ending == ".xml":
            raise InputError("is not a PlateMap", where=path)
    return _of_sheets(path, [text_sheet(path)], columns, time_unit)


def _of_sheets(
    path: Path, sheets: list[Sheet], columns: Mapping[str, str], time_unit: str
) -> Contents:
    pieces: list[Piece] = []
    maps: list[WellMap] = []
    others: list[Sheet] = []
    for sheet in sheets:
        if well_map.recognise(sheet) and not long.recognise(sheet, columns):
            maps.append(read_table_map(sheet))
            continue
        piece = _piece(sheet, columns, time_unit)
        if piece is None:
            others.append(sheet)
        else:
            pieces.append(piece)
    if not pieces and not maps:
        raise _no_curves(path, others)
    notes = [f"{path.name}: sheet '{sheet.name}' has no times: not read" for sheet in others]
    return Contents(tuple(pieces), tuple(maps), tuple(notes))


def _piece(sheet: Sheet, columns: Mapping[str, str], time_unit: str) -> Piece | None:
    if grid.recognise(sheet):
        return grid.read(sheet)
    if long.recognise(sheet, columns):
        return long.read(sheet, columns, time_unit)
    if export.recognise(sheet):
        return export.read(sheet, time_unit)
    return wide.read(sheet, time_unit) if wide.recognise(sheet) else None


def _no_curves(path: Path, sheets: list[Sheet]) -> InputError:
    first = next((sheet for sheet in sheets if sheet.rows), None)
    names = [name for name in first.texts(0) if name] if first else []
    what = "has no column of times" + (f": its columns are {listed(names)}" if names else "")
    fix = "a column 'Elapsed' holds hours; in a long table name it with --column time=NAME"
    return InputError(what if names else "is empty", where=path, fix=fix)
