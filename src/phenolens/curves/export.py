"""The raw export of an IncuCyte: lines that say what it is, then one column per well and image."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.curves.clock import Clock
from phenolens.curves.piece import Piece, one_per_time, variable_of
from phenolens.curves.series import out_of_order
from phenolens.curves.sheet import Sheet, time_column
from phenolens.curves.wells import well_and_image

NAME = "one column per well"
_SHARE = 0.5  # of the columns that must be wells


def recognise(sheet: Sheet) -> str | None:
    """Return by what a sheet is recognised; None: it is of another format."""
    row = sheet.header()
    if row is None:
        return None
    names = [name for name in sheet.texts(row) if name]
    wells = [name for name in names if well_and_image(name)]
    if len(wells) < _SHARE * len(names):
        return None
    return f"row {row + 1} names a time, then wells as '{wells[0]}'"


def read(sheet: Sheet, time_unit: str = "") -> Piece:
    """Return one curve per well and image; what treats the wells is in another file.

    Args:
        sheet: The export.
        time_unit: Of the times, as the user gives it.

    Raises:
        InputError: A value or time is not a number, or a column appears twice.
    """
    row = sheet.header() or 0
    names, said = sheet.texts(row), sheet.above(row)
    place = time_column(names) or 0
    # The instrument itself writes `Elapsed`, in hours.
    unit = time_unit or ("h" if names[place].lower() == "elapsed" else "")
    clock = Clock.of(names[place], unit, sheet.cells(place, row + 1))
    hours = sheet.times(place, row + 1, clock)
    there = ~np.isnan(hours)
    times = hours[there]
    variable = variable_of(said.get("metric", ""))
    parts, known = [], set()
    for column, name in enumerate(names):
        found = well_and_image(name)
        if found is None:
            continue
        if found in known:
            raise InputError(f"column '{name}' appears twice", where=sheet.where, fix="delete one")
        known.add(found)
        values = sheet.column(column, row + 1, name).to_numpy()[there]
        part = pd.DataFrame({"well": found[0], "time": times, variable: values})
        parts.append(part if found[1] is None else part.assign(site=found[1]))
    long = pd.concat(parts, ignore_index=True).assign(treatment=-1)
    if "cell type" in said:
        long["cell_line"] = said["cell type"]
    run = said.get("label") or sheet.title
    long, doubled = one_per_time(long, [variable])
    return Piece(
        path=sheet.path,
        where=sheet.where,
        short=sheet.short,
        format=NAME,
        why=str(recognise(sheet)),
        run=run,
        plate=run,
        rows=long,
        doubled=doubled,
        out_of_order=out_of_order(times, [0]),
        clock=str(clock),
        notes=(*sheet.notes, *clock.notes(times), *_lost(sheet, row, there)),
    )


def _lost(sheet: Sheet, row: int, there: np.ndarray) -> list[str]:
    lost = [
        i for i in np.flatnonzero(~there) if any(c is not None for c in sheet.rows[row + 1 + i])
    ]
    return [f"left out: {count_of(len(lost), 'row')} without a time"] if lost else []
