"""Plate grids, one for each time: `Elapsed: 12 hours`, then columns 1, 2, ..., rows A, B, ..."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.reading.hours import hours_per_unit
from phenolens.core.reading.numbers import number_or_nan, numbers
from phenolens.core.reading.wells import well_at
from phenolens.curves.piece import Piece, one_per_time, variable_of
from phenolens.curves.sheet import Sheet

NAME = "plate grids"
_ELAPSED = re.compile(r"(?i)elapsed:?")
_LETTERS = re.compile("[A-Za-z]{1,2}")
_MOST_ABOVE = 60  # rows that the first grid is looked for in
_ABOVE = 4  # rows between the line with the time and the numbers of the columns


def recognise(sheet: Sheet) -> str | None:
    """Return by what a sheet is recognised; None: it is of another format."""
    rows = range(len(sheet.rows))
    first = next((row for row in rows[:_MOST_ABOVE] if _elapsed(sheet, row) is not None), None)
    if first is None or _numbers(sheet, first) is None:
        return None
    count = sum(_elapsed(sheet, row) is not None for row in rows[first:])
    return f"{count} grids of wells, each below a line with 'Elapsed:'"


def read(sheet: Sheet) -> Piece:
    """Return one curve per well that has a value; what treats the wells is in another file.

    Raises:
        InputError: A value is not a number, a grid has no numbers of columns, or a well is on no
            plate: names the row.
    """
    wells: list[str] = []
    times: list[float] = []
    cells: list[object] = []
    lines: list[int] = []
    for row in range(len(sheet.rows)):
        hours = _elapsed(sheet, row)
        if hours is None:
            continue
        for well, cell, line in _grid(sheet, row):
            wells.append(well)
            times.append(round(hours, 6))
            cells.append(cell)
            lines.append(line)
    said = sheet.above(1)
    variable = variable_of(said.get("metric", ""))
    try:
        values = numbers(pd.Series(cells, index=lines, dtype=object), variable)
    except InputError as error:
        raise error.at(sheet.where) from error
    long = pd.DataFrame(
        {"well": wells, "time": times, "treatment": -1, variable: number_or_nan(values)}
    )
    used = long.groupby("well", sort=False, observed=True)[variable].transform("count") > 0
    empty = long["well"][~used].nunique()
    long, doubled = one_per_time(long[used].reset_index(drop=True), [variable])
    order = list(dict.fromkeys(times))
    run = said.get("label") or sheet.title
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
        out_of_order=int(np.sum(np.diff(order) < 0)),
        clock="'Elapsed:', with its unit",
        notes=(
            *sheet.notes,
            *(
                [f"{count_of(empty, 'well is', 'wells are')} empty at every time: left out"]
                if empty
                else []
            ),
        ),
    )


def _elapsed(sheet: Sheet, row: int) -> float | None:
    """Return the hours that a row names after `Elapsed:`; None if it names none."""
    texts = [text for text in sheet.texts(row) if text]
    for place, text in enumerate(texts[:-1]):
        if _ELAPSED.fullmatch(text):
            amount = number_or_nan(pd.Series([texts[place + 1]], dtype=object))[0]
            unit = texts[place + 2] if place + 2 < len(texts) else "h"
            factor = hours_per_unit(unit)
            return None if np.isnan(amount) or factor is None else float(amount) * factor
    return None


def _numbers(sheet: Sheet, mark: int) -> tuple[int, dict[int, str]] | None:
    """Return the row of the columns' numbers below a line with a time: place -> number."""
    for row in range(mark + 1, min(mark + 1 + _ABOVE, len(sheet.rows))):
        found = {i: text.removesuffix(".0") for i, text in enumerate(sheet.texts(row)) if text}
        if found and list(found.values()) == [str(i + 1) for i in range(len(found))]:
            return row, found
    return None


def _grid(sheet: Sheet, mark: int) -> Iterator[tuple[str, object, int]]:
    """Yield well, cell and line (as messages number them) of the grid below a line with a time."""
    there = _numbers(sheet, mark)
    if there is None:
        what = f"row {mark + 1} names a time, and no numbers of columns follow"
        raise InputError(what, where=sheet.where, fix="export the plate again")
    row, columns = there
    for line in range(row + 1, len(sheet.rows)):
        cells = sheet.rows[line]
        letters = str(cells[0]) if cells and cells[0] is not None else ""
        if not _LETTERS.fullmatch(letters):
            return
        for place, number in columns.items():
            well = well_at(letters, number)
            if well is None:
                what = f"row {line + 1} has '{letters}{number}', which is on no plate"
                raise InputError(what, where=sheet.where)
            yield well, cells[place] if place < len(cells) else None, line - 1
