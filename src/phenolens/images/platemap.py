"""A metadata table joined to the images of a folder, by plate and well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.roles import with_roles
from phenolens.images.problem import Problem
from phenolens.images.table import (
    by_our_names,
    gaps,
    note,
    odd_controls,
    read_table,
    repeats,
    require,
)

_WELL = re.compile(r"([A-Za-z]{1,2})0*(\d{1,2})")


def lay_over(
    fields: pd.DataFrame, path: Path, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the fields with a table's columns, joined on every column that both have.

    Wells match as `B2` and `B02`, numbers as `1` and `01`. An image without a row in the table
    gets missing values, and is counted in a note.

    Args:
        fields: One row per field; at least `well`.
        path: The table: one row per well of each plate, or per well of all plates (a platemap).
        columns: Our column -> the table's own.

    Raises:
        InputError: The table cannot be read, lacks `well`, or no image matches a row.
    """
    table = by_our_names(read_table(path, text=columns.values()), columns, path)
    require(table, ["well"], path)
    on = [name for name in fields if name in table]
    keys = pd.DataFrame({name: table[name].map(_plain) for name in on})
    problems = [*gaps(table, on, path.name), *repeats(keys, on, path.name)]
    problems += odd_controls(table, path.name)
    if problems:
        return fields, problems
    ours, theirs = _joined(fields, on), _joined(table, on)
    place = pd.Index(theirs).get_indexer(pd.Index(ours))
    if (place < 0).all():
        raise InputError(
            f"no image matches a row of the table by {', '.join(on)}: the first image is "
            f"'{ours[0]}', the first row '{theirs[0]}'",
            where=path,
        )
    more = table.drop(columns=on).reindex(np.where(place < 0, -1, place)).reset_index(drop=True)
    lost = sorted({key for key, at in zip(ours, place, strict=True) if at < 0})
    unused = sorted(set(theirs) - set(ours))
    if lost:
        problems.append(note("no metadata", path.name, lost, "fields have no row in the table"))
    if unused:
        problems.append(note("unused row", path.name, unused, "rows of the table have no image"))
    if lost and "control" in more:
        more["control"] = more["control"].astype("boolean").fillna(value=False)
    return with_roles(pd.concat([fields.reset_index(drop=True), more], axis=1)), problems


def _joined(table: pd.DataFrame, on: list[str]) -> list[str]:
    texts = [table[name].map(_plain) for name in on]
    return [" ".join(parts) for parts in zip(*texts, strict=True)]


def _plain(value: object) -> str:
    """Return a plate, well or site as it is compared: `b02` and `B2` alike, `01` and `1` too.

    Example:
        >>> _plain("b02"), _plain("01"), _plain(1.0), _plain("BR00117006")
        ('B2', '1', '1', 'BR00117006')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    well = _WELL.fullmatch(text)
    if well:
        return f"{well[1].upper()}{int(well[2])}"
    return str(int(text)) if text.isdecimal() else text
