"""Doses: what a long table says of its treatments, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, shown
from phenolens.core.reading.doses import names_a_unit
from phenolens.core.reading.flags import true_or_false
from phenolens.core.reading.molar import UNIT, exact, unit_name
from phenolens.core.reading.numbers import numbers
from phenolens.core.reading.place import row_of
from phenolens.curves.condition import Dose, Treatment, read_conditions

_UNNAMED = "unnamed"  # the drug of a table that has doses alone
_IN_NAME = re.compile(rf"(?:[\s_(\[]){UNIT}[\s)\]]*$")
_ROLES = ("compound", "concentration", "treatment", "concentration_unit", "control")


@dataclass(frozen=True, slots=True, eq=False)
class Doses:
    """What a long table says of its treatments.

    Attributes:
        treatments: The different ones.
        codes: (n,) the treatment of each row, -1 where there is none.
        marked: Places in `treatments` of those that the table itself marks as controls.
        used: Column of the table -> ours, of those that were read.
        notes: What a reader should know.
    """

    treatments: tuple[Treatment, ...]
    codes: Int64[np.ndarray, " n"]
    marked: frozenset[int]
    used: Mapping[str, str]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, roles: Mapping[str, str]) -> Doses:
        """Return what a table says.

        Args:
            table: Its index counts the rows below the header from 0.
            roles: Our name -> the table's own.

        Raises:
            InputError: A dose is not a number, below zero or infinite, or a control is neither true
                nor false: names the row.
        """
        drug = _drug_column(table, roles)
        if drug is None and "concentration" not in roles:
            return cls((), np.full(len(table), -1, dtype=np.int64), frozenset(), {}, ())
        unnamed = pd.Series(_UNNAMED, index=table.index, dtype=object)
        texts = unnamed if drug is None else table[drug].map(str, na_action="ignore")
        used = {own: ours for ours, own in roles.items() if own == drug}
        if "concentration" in roles:
            unit = _unit_column(table, roles)
            treatments, codes = _dosed(texts, table, roles["concentration"], unit)
            used[roles["concentration"]] = "concentration"
            used |= {} if unit is None else {unit: "concentration_unit"}
        else:
            read = read_conditions(texts.dropna())
            treatments = tuple(read.values())
            codes = pd.Index(list(read)).get_indexer(texts).astype(np.int64)
        marked, notes = frozenset[int](), tuple[str, ...]()
        if "control" in roles:
            used[roles["control"]] = "control"
            marked, notes = _marked(table[roles["control"]], treatments, codes)
        return cls(treatments, codes, marked, used, notes)


def _drug_column(table: pd.DataFrame, roles: Mapping[str, str]) -> str | None:
    """Return the column of drugs: of two, that of treatments only where it alone has doses."""
    drug, treatment = roles.get("compound"), roles.get("treatment")
    if drug is None or treatment is None or "concentration" in roles:
        return drug or treatment
    read = read_conditions(table[treatment].dropna().map(str)).values()
    return treatment if any(d.amount is not None for t in read for d in t.doses) else drug


def _dosed(
    texts: pd.Series, table: pd.DataFrame, own: str, unit: str | None
) -> tuple[tuple[Treatment, ...], Int64[np.ndarray, " n"]]:
    """Return the treatments of names, amounts and units."""
    amounts = numbers(table[own], own)
    wrong = np.flatnonzero((amounts < 0) | np.isinf(amounts.to_numpy(np.float64)))
    if len(wrong):
        raise InputError(
            f"the dose in '{own}' is {shown(table[own].iloc[wrong[0]])}, below zero or infinite "
            f"({count_of(len(wrong), 'such row')})",
            where=row_of(table.index, int(wrong[0])),
            fix="write the dose itself, not its logarithm; leave it empty where there is none",
        )
    named = _IN_NAME.search(own)
    units = pd.Series(unit_name(named[0].strip(" _()[]")) if named else "", index=table.index)
    if unit is not None and not named:
        units = table[unit].map(lambda text: unit_name(str(text)), na_action="ignore").fillna("")
    codes, distinct = pd.factorize(pd.MultiIndex.from_arrays([texts, amounts, units]))
    made = tuple(
        Treatment((Dose(str(name), exact(amount) if pd.notna(amount) else None, str(unit)),))
        for name, amount, unit in distinct
    )
    return made, np.where(texts.isna(), -1, codes).astype(np.int64)


def _unit_column(table: pd.DataFrame, roles: Mapping[str, str]) -> str | None:
    """Return the column that holds the units of the doses."""
    named = (str(name) for name in table.columns if names_a_unit(str(name)))
    return roles.get("concentration_unit", next(named, None))


def _marked(
    flags: pd.Series, treatments: tuple[Treatment, ...], codes: Int64[np.ndarray, " n"]
) -> tuple[frozenset[int], tuple[str, ...]]:
    """Return the treatments whose rows are all marked, and a note on those of which some are."""
    control = true_or_false(flags, str(flags.name))
    known = codes >= 0
    count = np.bincount(codes[known], minlength=len(treatments))
    share = np.bincount(codes[known], control[known], len(treatments)) / np.maximum(count, 1)
    some = np.flatnonzero((share > 0) & (share < 1))
    names = ", ".join(" + ".join(map(str, treatments[k].doses)) for k in some)
    note = f"'{flags.name}' marks some rows of {names} as controls, and not all: it is none"
    return frozenset(np.flatnonzero(share == 1).tolist()), (note,) if len(some) else ()
