"""Long tables: one row per curve and time, with columns for drug, dose or well."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.formats.header import may_be_measured
from phenolens.core.reading.doses import names_a_unit
from phenolens.core.reading.hours import hours_by_name
from phenolens.core.reading.ids import id_text
from phenolens.core.reading.molar import UNIT, exact, unit_name
from phenolens.core.reading.numbers import number_or_nan, numbers, reads_as_numbers
from phenolens.core.reading.wells import well_names
from phenolens.curves.condition import Dose, Treatment, read_conditions
from phenolens.curves.piece import KEYS, Piece, one_per_time
from phenolens.curves.roles import has_roles, role_columns
from phenolens.curves.sheet import Sheet, time_column

NAME = "long table"
_UNNAMED = "unnamed"  # the drug of a table that has doses alone
_IN_NAME = re.compile(rf"(?:[\s_(\[]){UNIT}[\s)\]]*$")
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


def read(sheet: Sheet, columns: Mapping[str, str]) -> Piece:
    """Return the curves of a table; columns of numbers without a role are the measurements.

    Args:
        sheet: With its header in the first row.
        columns: Our name -> the table's own.

    Raises:
        InputError: A named column is absent, a value is not a number, or nothing is measured.
    """
    names = sheet.texts(0)
    absent = next((name for name in columns.values() if name not in names), None)
    if absent is not None:
        raise InputError(f"has no column '{absent}'", where=sheet.where)
    table = sheet.table()
    try:
        return _piece(sheet, table, columns)
    except InputError as error:
        raise error.at(sheet.where) from error


def _piece(sheet: Sheet, table: pd.DataFrame, columns: Mapping[str, str]) -> Piece:
    names = list(table.columns)
    roles = role_columns(names, columns)
    timed = roles.pop("time", names[time_column(names) or 0])
    hours = numbers(table[timed], timed).to_numpy(np.float64) * (hours_by_name(timed) or 1.0)
    if np.isnan(hours).any():
        row = int(np.flatnonzero(np.isnan(hours))[0]) + 2
        raise InputError(f"row {row} has no time in '{timed}'", fix="write it, or delete the row")
    treatments, codes = _treatments(table, roles)
    rows = pd.DataFrame({"time": np.round(hours, 6), "treatment": codes})
    used = {timed, *(roles[n] for n in ("compound", "concentration", "treatment") if n in roles)}
    for ours in ("well", "site", "replicate", "cell_line", "plate", "batch"):
        if ours in roles:
            text = id_text(table[roles[ours]])
            rows[ours] = (well_names(text) if ours == "well" else text).to_numpy()
            used.add(roles[ours])
    others = [n for n in names if n not in used and not _is_measured(n, table[n])]
    for name in others:
        if not names_a_unit(name) and not _DATE.fullmatch(name) and table[name].notna().any():
            rows[name] = id_text(table[name]).to_numpy()
    measured = [n for n in names if n not in used and n not in others]
    if not measured:
        raise InputError("has no column of measurements", fix="name the right columns")
    for name in measured:
        rows[name] = number_or_nan(numbers(table[name], name))
    rows, doubled = one_per_time(rows, measured)
    keys = {*KEYS, *measured}
    rows.attrs["others"] = [str(name) for name in rows if name not in keys]
    return Piece(
        path=sheet.path,
        where=sheet.where,
        short=sheet.short,
        format=NAME,
        why=str(recognise(sheet, columns)),
        run=sheet.title,
        plate=sheet.title,
        rows=rows,
        treatments=treatments,
        doubled=doubled,
        out_of_order=_out_of_order(rows, measured),
        notes=sheet.notes,
    )


def _treatments(
    table: pd.DataFrame, roles: Mapping[str, str]
) -> tuple[tuple[Treatment, ...], np.ndarray]:
    """Return the different treatments, and which of them each row has."""
    drug = roles.get("compound", roles.get("treatment"))
    if drug is None and "concentration" not in roles:
        return (), np.full(len(table), -1, dtype=np.int64)
    unnamed = pd.Series(_UNNAMED, index=table.index, dtype=object)
    texts = unnamed if drug is None else table[drug].map(str, na_action="ignore")
    if "concentration" not in roles:
        read = read_conditions(texts.dropna())
        codes = pd.Index(list(read)).get_indexer(texts)
        return tuple(read.values()), codes.astype(np.int64)
    own = roles["concentration"]
    amounts = numbers(table[own], own)
    unit = _unit(table, own)
    pairs = pd.MultiIndex.from_arrays([texts, amounts])
    codes, distinct = pd.factorize(pairs)
    made = tuple(
        Treatment((Dose(str(name), exact(amount) if pd.notna(amount) else None, unit),))
        for name, amount in distinct
    )
    return made, np.where(texts.isna(), -1, codes).astype(np.int64)


def _unit(table: pd.DataFrame, own: str) -> str:
    """Return the unit of the doses: in the name of their column, or in a column of units."""
    found = _IN_NAME.search(own)
    if found:
        return unit_name(found[0].strip(" _()[]"))
    for name in table.columns:
        if names_a_unit(str(name)):
            units = {unit_name(str(text)) for text in table[name].dropna()}
            if len(units) > 1:
                raise InputError(f"'{name}' has two units: {', '.join(sorted(units))}")
            return next(iter(units), "")
    return ""


def _is_measured(name: str, values: pd.Series) -> bool:
    if name not in KEYS and may_be_measured(name):
        plain = pd.api.types.is_numeric_dtype(values.infer_objects())
        return plain or reads_as_numbers(values)
    return False


def _out_of_order(rows: pd.DataFrame, measured: list[str]) -> int:
    keys = [name for name in rows if name not in measured and name != "time"]
    steps = rows.groupby(keys, dropna=False, sort=False, observed=True)["time"].diff()
    return int((steps < 0).sum())
