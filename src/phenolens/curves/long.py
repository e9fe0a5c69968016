"""Long tables: one row per curve and time, with columns for drug, dose or well."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.formats.header import may_be_measured
from phenolens.core.reading.flags import is_flag
from phenolens.core.reading.ids import id_text
from phenolens.core.reading.numbers import number_or_nan, numbers, reads_as_numbers
from phenolens.core.reading.place import row_of
from phenolens.core.reading.wells import well_names
from phenolens.curves.clock import Clock
from phenolens.curves.doses import Doses
from phenolens.curves.piece import KEYS, Piece, one_per_time
from phenolens.curves.roles import has_roles, role_columns
from phenolens.curves.sheet import Sheet, time_column

NAME = "long table"
# Roles that are kept as text under our name; further ones where the user names their column.
_TEXTS = ("well", "site", "replicate", "cell_line", "plate", "batch", "source", "moa", "target")
_DATE = re.compile(r"(?i)(date|time ?stamp)([ _/-]*time)?|time")


def recognise(sheet: Sheet, columns: Mapping[str, str]) -> str | None:
    """Return by what a sheet is recognised; None: it is of another format."""
    if not sheet.rows:
        return None
    names = sheet.texts(0)
    timed = (
        columns.get("time", "") in names if "time" in columns else time_column(names) is not None
    )
    if not timed or not has_roles(names, columns):
        return None
    roles = role_columns(names, columns)
    return "its columns name " + ", ".join(f"{ours} ('{own}')" for ours, own in roles.items())


def read(sheet: Sheet, columns: Mapping[str, str], time_unit: str = "") -> Piece:
    """Return the curves of a table; columns of numbers without a role are the measurements.

    Args:
        sheet: With its header in the first row.
        columns: Our name -> the table's own.
        time_unit: Of the times, as the user gives it.

    Raises:
        InputError: A named column is absent, a value is not a number, a dose is below zero, or
            nothing is measured.
    """
    names = sheet.texts(0)
    absent = next((name for name in columns.values() if name not in names), None)
    if absent is not None:
        raise InputError(f"has no column '{absent}'", where=sheet.where)
    table = sheet.table()
    try:
        return _piece(sheet, table, columns, time_unit)
    except InputError as error:
        raise error.at(sheet.where) from error


def _piece(sheet: Sheet, table: pd.DataFrame, columns: Mapping[str, str], time_unit: str) -> Piece:
    names = list(table.columns)
    roles = role_columns(names, columns)
    roles.setdefault("time", names[time_column(names) or 0])
    if "control" not in columns and not _are_flags(table, roles):
        roles.pop("control", None)
    clock = Clock.of(roles["time"], time_unit, table[roles["time"]])
    hours = clock.read(table[clock.name])
    if np.isnan(hours).any():
        where = row_of(table.index, int(np.flatnonzero(np.isnan(hours))[0]))
        fix = "write it, or delete the row"
        raise InputError(f"has no time in '{clock.name}'", where=where, fix=fix)
    doses = Doses.of(table, roles)
    rows = pd.DataFrame({"time": hours, "treatment": doses.codes})
    used = {clock.name: "time", **doses.used}
    kept = [ours for ours in roles if ours in (*_TEXTS, *columns) and roles[ours] not in used]
    for ours in kept:
        text = id_text(table[roles[ours]])
        rows[ours] = (well_names(text) if ours == "well" else text).to_numpy()
        used[roles[ours]] = ours
    free = [n for n in names if n not in used]
    measured = [n for n in free if _is_measured(n, table[n])]
    if not measured:
        raise InputError("has no column of measurements", fix="name the right columns")
    second = [roles[n] for n in ("compound", "treatment") if n in roles and roles[n] in free]
    unused = [*second, *(n for n in free if n not in measured and _says_nothing(n, table[n]))]
    others = [n for n in free if n not in measured and n not in unused]
    for name in others:
        rows[name] = id_text(table[name]).to_numpy()
    for name in measured:
        rows[name] = number_or_nan(numbers(table[name], name))
    rows, doubled = one_per_time(rows, measured)
    rows.attrs["others"] = [*others, *(name for name in kept if name not in KEYS)]
    return Piece(
        path=sheet.path,
        where=sheet.where,
        short=sheet.short,
        format=NAME,
        why=str(recognise(sheet, columns)),
        run=sheet.title,
        plate=sheet.title,
        rows=rows,
        treatments=doses.treatments,
        marked=doses.marked,
        doubled=doubled,
        out_of_order=_out_of_order(rows, measured),
        clock=str(clock),
        named={ours: own for own, ours in used.items() if ours != "time"},
        unused=tuple(unused),
        notes=(*sheet.notes, *doses.notes, *clock.notes(hours)),
    )


def _are_flags(table: pd.DataFrame, roles: Mapping[str, str]) -> bool:
    own = roles.get("control")
    return own is not None and all(map(is_flag, table[own].dropna().unique()))


def _says_nothing(name: str, values: pd.Series) -> bool:
    """Return whether a column is a date, or empty."""
    return bool(_DATE.fullmatch(name)) or not values.notna().any()


def _is_measured(name: str, values: pd.Series) -> bool:
    if name not in KEYS and may_be_measured(name):
        plain = pd.api.types.is_numeric_dtype(values.infer_objects())
        return plain or reads_as_numbers(values)
    return False


def _out_of_order(rows: pd.DataFrame, measured: list[str]) -> int:
    keys = [name for name in rows if name not in measured and name != "time"]
    steps = rows.groupby(keys, dropna=False, sort=False, observed=True)["time"].diff()
    return int((steps < 0).sum())
