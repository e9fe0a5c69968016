"""One column per condition: `Elapsed`, then `Control`, `Erlotinib 1.37 nM`, ..."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.hours import hours_by_name
from phenolens.curves.clock import Clock
from phenolens.curves.condition import read_conditions, without_repeats
from phenolens.curves.piece import Piece, codes_of, one_per_time, run_and_variable
from phenolens.curves.roles import has_roles
from phenolens.curves.series import out_of_order, replicate_starts
from phenolens.curves.sheet import Sheet, time_column
from phenolens.curves.wells import is_well_column

NAME = "one column per condition"
_DATE = re.compile(r"(?i)date([ _/-]*time)?|time|time ?stamp")


def recognise(sheet: Sheet) -> str | None:
    """Return by what a sheet is recognised; None: it is of another format."""
    row = sheet.header()
    if row is None:
        return None
    names = sheet.texts(row)
    place = time_column(names)
    columns = _columns(names)
    if place is None or not columns or has_roles(names) or any(map(is_well_column, names)):
        return None
    return f"row {row + 1} names '{names[place]}', then {len(columns)} columns of conditions"


def read(sheet: Sheet, time_unit: str = "") -> Piece:
    """Return the curves; a new replicate begins where the time falls back to its beginning.

    Columns of one name are replicates too.

    Args:
        sheet: The table.
        time_unit: Of the times, as the user gives it.

    Raises:
        InputError: A value or a time is not a number, or a row with values has no time.
    """
    row = sheet.header() or 0
    names = sheet.texts(row)
    timed = time_column(names) or 0
    clock = Clock.of(names[timed], time_unit, sheet.cells(timed, row + 1))
    times, rows = _times(sheet, row, timed, clock)
    starts = replicate_starts(times)
    block = np.searchsorted(starts, np.arange(len(times)), side="right") - 1
    columns, notes = _columns(names), list(sheet.notes)
    plain = dict(zip(columns, without_repeats([names[c] for c in columns]), strict=True))
    treatments = read_conditions(plain.values())
    run, plate, variable = run_and_variable(sheet.title, sheet.name)
    seen: Counter[str] = Counter()
    parts = []
    for place, name in plain.items():
        values = sheet.column(place, row + 1, name).to_numpy()[rows]
        if np.isnan(values).all():
            notes.append(f"column '{name}' has no values")
        number = seen[name] * len(starts) + block + 1
        seen[name] += 1
        parts.append(
            pd.DataFrame({"condition": name, "replicate": number, "time": times, variable: values})
        )
    long = pd.concat(parts, ignore_index=True)
    long["treatment"] = codes_of(long.pop("condition"), list(treatments))
    long["replicate"] = long["replicate"].astype(str)
    long, doubled = one_per_time(long, [variable])
    return Piece(
        path=sheet.path,
        where=sheet.where,
        short=sheet.short,
        format=NAME,
        why=str(recognise(sheet)),
        run=run,
        plate=plate,
        rows=long,
        treatments=tuple(treatments.values()),
        doubled=doubled,
        out_of_order=out_of_order(times, starts),
        clock=str(clock),
        unused=_unused(names, timed, columns),
        notes=(*notes, *clock.notes(times), *_said(sheet, row, names, starts, block)),
    )


def _columns(names: list[str]) -> list[int]:
    """Return the places of the conditions: columns with a name that is not a time or a date."""
    return [
        place
        for place, name in enumerate(names)
        if name and hours_by_name(name) is None and not _DATE.fullmatch(name)
    ]


def _unused(names: list[str], time: int, columns: list[int]) -> tuple[str, ...]:
    """Return the named columns that are neither the time nor a condition, as a date."""
    return tuple(name for k, name in enumerate(names) if name and k not in (time, *columns))


def _times(sheet: Sheet, row: int, place: int, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Return the hours of the rows that have some, and which rows below the header these are."""
    hours = sheet.times(place, row + 1, clock)
    blank = np.array([all(c is None for c in cells) for cells in sheet.rows[row + 1 :]], dtype=bool)
    lost = np.flatnonzero(np.isnan(hours) & ~blank)
    if len(lost):
        raise InputError(
            f"row {int(lost[0]) + row + 2} has values and no time in '{clock.name}'",
            where=sheet.where,
            fix="write its time, or delete the row",
        )
    rows = np.flatnonzero(~blank)
    if not len(rows):
        raise InputError("has no rows below its header", where=sheet.where, fix="export it again")
    return hours[rows], rows


def _said(
    sheet: Sheet, row: int, names: list[str], starts: list[int], block: np.ndarray
) -> list[str]:
    """Return what is odd: columns without a name, replicates of different lengths."""
    unnamed = [place for place, name in enumerate(names) if not name]
    width = max(map(len, sheet.rows[row:]))
    notes = [
        f"column {place + 1} has values and no name: left out"
        for place in (*unnamed, *range(len(names), width))
        if any(place < len(c) and c[place] is not None for c in sheet.rows[row + 1 :])
    ]
    counts = np.bincount(block, minlength=len(starts)).tolist()
    if len(set(counts)) > 1:
        notes.append(f"its replicates have {', '.join(map(str, counts))} times")
    return notes
