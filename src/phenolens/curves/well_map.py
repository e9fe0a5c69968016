"""WellMap: which treatment and which cells each well of a plate has, from a file of its own."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.reading.molar import exact, unit_name
from phenolens.core.reading.wells import named, well_name
from phenolens.curves.condition import Dose, Treatment, read_conditions
from phenolens.curves.piece import Piece
from phenolens.curves.roles import role_columns
from phenolens.curves.sheet import Sheet
from phenolens.curves.text_sheet import text_of

_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROOT, _HEAD = "<plateMap", 4096  # characters that may come before it


@dataclass(frozen=True, slots=True, eq=False)
class WellMap:
    """Which treatment and which cells each well has.

    Attributes:
        path: Its file.
        treatments: Well -> treatment; wells without one are not in it.
        cells: Well -> cell line.
        controls: Names of drugs that the map itself uses as controls.
        jobs: Names of the plates that it is for; empty: it does not say.
    """

    path: Path
    treatments: Mapping[str, Treatment]
    cells: Mapping[str, str]
    controls: tuple[str, ...] = ()
    jobs: frozenset[str] = frozenset()

    def lay_on(self, piece: Piece) -> Piece:
        """Return the curves of a plate with what its wells get.

        Raises:
            InputError: No well of the plate is in the map.
        """
        measured = piece.rows["well"]
        every = list(dict.fromkeys(self.treatments.values()))
        code = {well: every.index(given) for well, given in self.treatments.items()}
        rows = piece.rows.assign(treatment=measured.map(code).fillna(-1).astype(np.int64))
        if (rows["treatment"] < 0).all():
            what = f"has none of the wells of {piece.where}"
            raise InputError(what, where=self.path, fix="name the map of this plate")
        if self.cells:
            rows["cell_line"] = measured.map(self.cells).astype(object)
        wells = set(measured)
        lost, unused = wells - set(self.treatments), set(self.treatments) - wells
        notes = [f"{self.path.name} says what {len(wells) - len(lost)} wells get"]
        notes += [f"{len(lost)} measured wells are not in {self.path.name}"] if lost else []
        notes += [f"{len(unused)} wells of {self.path.name} were not measured"] if unused else []
        return replace(piece, rows=rows, treatments=every, notes=(*piece.notes, *notes))


def read_xml_map(path: Path) -> WellMap | None:
    """Return the map in a PlateMap file of an IncuCyte, whatever its ending; None: it is not one.

    Rows and columns count from 0 in it. A well with a vehicle and a drug gets the drug.

    Raises:
        InputError: It is damaged, declares entities, or has a well that is on no plate.
    """
    text, _ = text_of(path)
    if not text.lstrip().startswith("<") or _ROOT not in text[:_HEAD]:
        return None
    if _DECLARES.search(text):
        raise InputError("declares entities, which a plate map has no use for", where=path)
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 -- see above
    except ET.ParseError as error:
        raise InputError(f"cannot be read as XML: {error}", where=path, fix="export it") from error
    treatments, cells = {}, {}
    for element in root.iter("well"):
        well = _well_of(element, path)
        doses, lines = _items(element, path)
        if doses:
            treatments[well] = Treatment(tuple(doses))
        if lines:
            cells[well] = " + ".join(lines)
    if not treatments:
        raise InputError("no well of the map has a compound", where=path)
    return WellMap(path, treatments, cells)


def _well_of(element: ET.Element, path: Path) -> str:
    row, column = element.get("row", ""), element.get("col", "")
    whole = row.isdecimal() and column.isdecimal() and max(len(row), len(column)) < 5
    well = named(int(row) + 1, int(column) + 1) if whole else None
    if well is None:
        what = f"has a well at row {row!r} and column {column!r}, which is on no plate"
        raise InputError(what, where=path, fix="rows and columns count from 0")
    return well


def _items(element: ET.Element, path: Path) -> tuple[list[Dose], list[str]]:
    """Return the drugs and the cells of a well."""
    doses, lines = [], []
    for item in element.iter("wellItem"):
        about = item.find("referenceItem")
        name = (
            (about.get("displayName") or about.get("description") or "")
            if about is not None
            else ""
        )
        if item.get("type") == "CellType" and name:
            lines.append(name)
        if item.get("type") != "Compound" or not name:
            continue
        amount, unit = item.get("concentration"), item.get("concentrationUnits", "")
        try:
            doses.append(Dose(name, exact(amount) if amount else None, unit_name(unit)))
        except ValueError as error:
            raise InputError(f"the concentration of '{name}' is {error}", where=path) from error
    return doses, lines


def recognise(sheet: Sheet) -> str | None:
    """Return by what a table is recognised as a map: wells and treatments, and no times."""
    if not sheet.rows or sheet.header() is not None:
        return None
    roles = role_columns(sheet.texts(0), {})
    if "well" not in roles or not {"treatment", "compound"} & set(roles):
        return None
    return f"its columns are {', '.join(name for name in sheet.texts(0) if name)}"


def read_table_map(sheet: Sheet) -> WellMap:
    """Return the map in a table with one row per well: `A1`, `MK2206_100uM`.

    A column `Ref_T` names the treatment that is the control of a well.

    Raises:
        InputError: A well is on no plate, or appears twice with two treatments.
    """
    names = sheet.texts(0)
    roles = role_columns(names, {})
    given = roles.get("treatment", roles.get("compound", ""))
    table = sheet.table()
    texts = table[given].dropna().map(str)
    read = read_conditions(texts)
    treatments: dict[str, Treatment] = {}
    for row, text in texts.items():
        written = str(table.loc[row, roles["well"]])
        well = well_name(written)
        if well is None or treatments.get(well, read[text]) != read[text]:
            what = f"row {int(str(row)) + 2} has well '{written}'"
            more = "on no plate" if well is None else "there with two treatments"
            raise InputError(f"{what}, which is {more}", where=sheet.where)
        treatments[well] = read[text]
    controls = set(table["Ref_T"].dropna()) if "Ref_T" in table else set()
    jobs = set(table["Analysis_Job"].dropna()) if "Analysis_Job" in table else set()
    return WellMap(sheet.path, treatments, {}, tuple(sorted(controls)), frozenset(map(str, jobs)))
