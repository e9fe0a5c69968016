"""Piece: the curves of one table, before those of one run are joined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.curves.condition import Treatment

# Columns of a piece that are not measurements; which of them there are depends on its format.
KEYS = ("well", "site", "replicate", "treatment", "cell_line", "time")
VALUE = "value"  # a measurement without a name
_VARIABLE = "phase|green|red|orange|nir|overlap"
_FILE = re.compile(
    rf"(?P<run>.+?)[_\- ]+(?:(?:confluence|area|count|intensity)[_\- ]+)?(?P<variable>{_VARIABLE})",
    re.IGNORECASE,
)
_SHEET = re.compile(rf"(?P<variable>{_VARIABLE})(?:[_\- ]+(?P<plate>\S.*))?", re.IGNORECASE)
_WORD = re.compile(rf"(?<![a-z])({_VARIABLE})(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The curves of one table.

    Attributes:
        path: Its file.
        where: The file, and the sheet if it has several, for messages.
        short: The same without the folder.
        format: What it was read as.
        why: By what it was recognised.
        run: The experiment that it is a part of.
        plate: The plate within the run; the run itself where it has one.
        rows: One row per curve and time: `time` in hours, those of `KEYS` that are known, and the
            measurements. `treatment` is a number, the place in `treatments`, -1 where not known.
        treatments: What the wells get, as written.
        marked: Places in `treatments` of those that the table itself marks as controls.
        doubled: Times that were there twice in one curve; the mean is kept.
        out_of_order: Times that were earlier than the one above them; they are sorted.
        clock: The column of times and its unit, in words.
        named: Our name -> the column of a long table that was taken for it.
        unused: Columns of which nothing is used.
        notes: What a reader should know.
    """

    path: Path
    where: str
    short: str
    format: str
    why: str
    run: str
    plate: str
    rows: pd.DataFrame
    treatments: Sequence[Treatment] = ()
    marked: frozenset[int] = frozenset()
    doubled: int = 0
    out_of_order: int = 0
    clock: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def variables(self) -> list[str]:
        """The measurements."""
        return [str(name) for name in self.rows if name not in KEYS and name not in self.others]

    @property
    def others(self) -> list[str]:
        """Further metadata of a long table."""
        kept: list[str] = self.rows.attrs.get("others", [])
        return kept


def run_and_variable(title: str, sheet: str = "") -> tuple[str, str, str]:
    """Return run, plate and measurement, by the names of file and sheet.

    Example:
        >>> run_and_variable("020720_PC9_Erl_THZ1_confluence_green")
        ('020720_PC9_Erl_THZ1', '020720_PC9_Erl_THZ1', 'green')
        >>> run_and_variable("050719_PC9_LCL_OSI_rawdata", "phase_high")
        ('050719_PC9_LCL_OSI_rawdata', '050719_PC9_LCL_OSI_rawdata high', 'phase')
    """
    named = _SHEET.fullmatch(sheet) if sheet else None
    if named:
        plate = f"{title} {named['plate']}" if named["plate"] else title
        return title, plate, named["variable"].lower()
    found = _FILE.fullmatch(title)
    if found:
        return found["run"], found["run"], found["variable"].lower()
    return title, title, VALUE


def variable_of(metric: str) -> str:
    """Return the short name of a measurement that an instrument names; its own if it has none.

    Example:
        >>> variable_of("Phase Object Confluence (Percent)"), variable_of("")
        ('phase', 'value')
    """
    found = _WORD.search(metric)
    return found[1].lower() if found else metric or VALUE


def one_per_time(rows: pd.DataFrame, variables: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Return rows with each time once in each curve, the mean of doubled ones, and their number."""
    keys = [name for name in rows if name not in variables]
    again = rows.duplicated(keys).to_numpy()
    if not again.any():
        return rows, 0
    whole = rows.groupby(keys, dropna=False, sort=False, observed=True, as_index=False)
    return whole[list(variables)].mean(), int(again.sum())


def codes_of(names: Sequence[str], distinct: Sequence[str]) -> np.ndarray:
    """Return the place of each name among the distinct ones, -1 where it is not there."""
    return pd.Index(distinct).get_indexer(pd.Index(names, dtype=object)).astype(np.int64)
