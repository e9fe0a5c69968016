"""WellMap: which treatment and which cells each well of a plate has, from a file of its own."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.reading.flags import is_flag
from phenolens.core.reading.ids import id_text
from phenolens.core.reading.molar import exact, unit_name
from phenolens.core.reading.place import row_of
from phenolens.core.reading.wells import named, well_names
from phenolens.curves.condition import Dose, Treatment
from phenolens.curves.doses import Doses
from phenolens.curves.piece import Piece
from phenolens.curves.roles import role_columns
from phenolens.curves.sheet import Sheet
from phenolens.curves.text_sheet import text_of

_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Columns of a table of wells that are not metadata of their own.
_NOT_KEPT = ("plate", "well", "site", "time", "control", "compound", "treatment", "concentration")
# What an item of a well says next to its drug or cells.
_USED = ("type", "concentration", "concentrationUnits")
_ROOT, _HEAD = "<plateMap", 4096  # characters that may come before it


@dataclass(frozen=True, slots=True, eq=False)
class WellMap:
    """Which treatment and which cells each well has.

    Attributes:
        path: Its file.
        treatments: Well -> treatment; wells without one are not in it.
        cells: Well -> cell line.
        controls: Names of drugs that the map itself uses as controls.
        marked: Treatments that the map marks as controls.
        jobs: Names of the plates that it is for; empty: it does not say.
        further: Another column of the map -> its value for each well, kept as metadata.
        unused: What else the map says of its wells, of which nothing is used.
    """

    path: Path
    treatments: Mapping[str, Treatment]
    cells: Mapping[str, str]
    controls: tuple[str, ...] = ()
    marked: frozenset[Treatment] = frozenset()
    jobs: frozenset[str] = frozenset()
    further: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

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
        for name, values in self.further.items():
            rows[name] = measured.map(values).astype(object)
        rows.attrs["others"] = [*piece.others, *self.further]
        wells = set(measured)
        lost, unused = wells - set(self.treatments), set(self.treatments) - wells
        notes = [
            f"{self.path.name} says what "
            f"{count_of(len(wells) - len(lost), 'well gets', 'wells get')}"
        ]
        if lost:
            wells_lost = count_of(len(lost), "measured well is", "measured wells are")
            notes.append(f"{wells_lost} not in {self.path.name}")
        if unused:
            notes.append(f"not measured: {count_of(len(unused), 'well')} of {self.path.name}")
        ignored = (f"{name} ({self.path.name})" for name in self.unused)
        return replace(
            piece,
            rows=rows,
            treatments=every,
            marked=frozenset(every.index(one) for one in self.marked),
            unused=(*piece.unused, *ignored),
            notes=(*piece.notes, *notes),
        )


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
    unused: dict[str, None] = {}
    for element in root.iter("well"):
        well = _well_of(element, path)
        doses, lines = _items(element, path)
        unused |= {n: None for i in element.iter("wellItem") for n in i.keys() if n not in _USED}  # noqa: SIM118
        if doses:
            treatments[well] = Treatment(tuple(doses))
        if lines:
            cells[well] = " + ".join(lines)
    if not treatments:
        raise InputError("no well of the map has a compound", where=path)
    return WellMap(path, treatments, cells, unused=tuple(unused))


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
            dose = Dose(name, exact(amount) if amount else None, unit_name(unit))
        except ValueError as error:
            raise InputError(f"the concentration of '{name}' is {error}", where=path) from error
        if dose.amount is not None and not 0 <= dose.amount < np.inf:
            what = f"the concentration of '{name}' is {amount}, below zero or infinite"
            raise InputError(what, where=f"{path}, well {_well_of(element, path)}")
        doses.append(dose)
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

    A column `Ref_T` names the treatment that is the control of a well. Columns without a role, as
    `Reference`, are metadata of the wells.

    Raises:
        InputError: A well is on no plate, or appears twice with two treatments; or a dose is not
            one: names the row.
    """
    table = sheet.table()
    roles = role_columns(list(table.columns), {})
    if "control" in roles and not all(map(is_flag, table[roles["control"]].dropna())):
        del roles["control"]
    try:
        doses = Doses.of(table, roles)
        wells = well_names(id_text(table[roles["well"]]), roles["well"])
        treatments = _by_well(wells, doses)
    except InputError as error:
        raise error.at(sheet.where) from error
    controls = set(table["Ref_T"].dropna()) if "Ref_T" in table else set()
    jobs = set(table["Analysis_Job"].dropna()) if "Analysis_Job" in table else set()
    ours = {theirs: name for name, theirs in roles.items()}
    free = [n for n in table if n not in doses.used and n not in ("Analysis_Job", roles["well"])]
    kept = {}
    for name in free:
        values = {w: v for w, v in zip(wells, id_text(table[name]), strict=True) if pd.notna(v)}
        if values and ours.get(name, name) not in _NOT_KEPT:
            kept[ours.get(name, name)] = values
    return WellMap(
        path=sheet.path,
        treatments=treatments,
        cells=kept.pop("cell_line", {}),
        controls=tuple(sorted(controls)),
        marked=frozenset(doses.treatments[k] for k in doses.marked),
        jobs=frozenset(map(str, jobs)),
        further=kept,
        unused=tuple(n for n in free if ours.get(n, n) not in (*kept, "cell_line")),
    )


def _by_well(wells: pd.Series, doses: Doses) -> dict[str, Treatment]:
    """Return the treatment of each well that has one.

    Raises:
        InputError: A well has two.
    """
    treatments: dict[str, Treatment] = {}
    for place, (well, code) in enumerate(zip(wells, doses.codes.tolist(), strict=True)):
        if code < 0 or pd.isna(well):
            continue
        treatment = doses.treatments[code]
        if treatments.setdefault(str(well), treatment) != treatment:
            where = row_of(wells.index, place)
            raise InputError(f"has well '{well}' with two treatments", where=where)
    return treatments
