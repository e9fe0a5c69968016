"""A metadata table joined to the images of a folder, by plate and well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.metadata import IDS
from phenolens.core.reading.wells import well_name
from phenolens.core.roles import with_roles
from phenolens.images.problem import Problem
from phenolens.images.table import (
    gaps,
    note,
    odd_controls,
    of_table,
    repeats,
    require,
)

_DIGITS = 18  # of a number that is compared as one
_TEXT = set(IDS) - {"well", "site", "replicate"}  # others are equal as numbers: `01` and `1`


def lay_table_over(
    fields: pd.DataFrame,
    table: pd.DataFrame,
    path: Path,
    *,
    allow_unmatched: bool = False,
    called: Callable[[int], str] | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the fields with a table's columns, joined on every column that both have.

    Wells have one spelling. Sites and other numbers match as `1` and `01`; plates are text, so that
    `0042` and `42` are two. An image without a row in the table gets missing values, and is counted
    in a note; more than half without one is a problem unless it is allowed.

    Args:
        fields: One row per field; at least `well`.
        table: By our names: one row per well of each plate, or per well of all plates.
        path: Its file, for messages.
        allow_unmatched: Some images with a row are enough.
        called: Returns what a message calls a row of the table; by default its row of the file.

    Raises:
        InputError: It lacks `well`, or no image matches a row.
    """
    require(table, ["well"], path)
    on = [name for name in fields if name in table]
    keys = keys_of(table, on)
    problems = [*gaps(table, on, path.name), *repeats(keys, on, path.name)]
    problems += odd_controls(table, path.name)
    if problems:
        return fields, problems
    try:
        with_roles(table, called)  # names a row whose concentration cannot be read
    except InputError as error:
        raise of_table(error, path) from error
    ours, theirs = _joined(keys_of(fields, on)), _joined(keys)
    place = pd.Index(theirs).get_indexer(pd.Index(ours))
    if (place < 0).all():
        raise InputError(
            f"no image matches a row of the table by {', '.join(on)}: the first image is "
            f"'{ours[0]}', the first row '{theirs[0]}'",
            where=path,
            fix=_why(fields, table, on),
        )
    more = table.drop(columns=on).reset_index(drop=True)
    more = more.reindex(place).reset_index(drop=True)
    lost = list(dict.fromkeys(key for key, at in zip(ours, place, strict=True) if at < 0))
    unused = sorted(set(theirs) - set(ours))
    if lost:
        absent = int((place < 0).sum())
        what = f"of {len(ours)} fields have no row in the table"
        found = note("no metadata", path.name, lost, what, count=absent)
        if not allow_unmatched and 2 * absent > len(ours):
            fix = f"{_why(fields, table, on)}, or allow it with allow_unmatched = true"
            found = replace(found, fix=fix, serious=True)
        problems.append(found)
    if unused:
        problems.append(note("unused row", path.name, unused, "rows of the table have no image"))
    return with_roles(pd.concat([fields.reset_index(drop=True), more], axis=1)), problems


def keys_of(table: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Return the columns that are joined on as text that is equal where it means the same."""
    made = {}
    for name in on:
        compared = str if name in _TEXT else _well if name == "well" else _plain
        made[name] = table[name].map(compared, na_action="ignore").astype(object)
    return pd.DataFrame(made, index=table.index)


def _joined(keys: pd.DataFrame) -> list[str]:
    return [" ".join(map(str, key)) for key in keys.to_numpy()]


def _well(value: object) -> str:
    return _plain(well_name(str(value)) or value)


def _plain(value: object) -> str:
    """Return a site, a number or another value as it is compared: `01` and `1` alike.

    Example:
        >>> _plain("01"), _plain(1.0), _plain("B02")
        ('1', '1', 'B02')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    return str(int(text)) if text.isdecimal() and len(text) <= _DIGITS else text


def _why(fields: pd.DataFrame, table: pd.DataFrame, on: list[str]) -> str:
    """Return what to correct where nothing matches: a spreadsheet takes zeros off plates."""
    if "plate" not in on:
        return "correct the wells"
    ours, theirs = (set(t["plate"].map(str)) for t in (fields, table))
    bare = {text.lstrip("0") for text in ours} & {text.lstrip("0") for text in theirs}
    if bare and not ours & theirs:
        return "plates are text, and their zeros differ: format the column as text before saving"
    return "correct the plates and wells"
