"""Roles of rows: which are negative controls, and what the treatments are called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError, shown
from phenolens.core.reading.blanks import on_distinct
from phenolens.core.reading.doses import refuse_mixed_units
from phenolens.core.reading.flags import true_or_false
from phenolens.core.reading.ids import id_text
from phenolens.core.reading.lists import without_lists
from phenolens.core.reading.numbers import number_or_nan
from phenolens.core.reading.place import row_of

CONTROL_NAMES = frozenset({"dmso", "negcon", "control", "vehicle"})
# JUMP leaves the compound of its negative controls blank and has `negcon` in one of these.
CONTROL_COLUMNS = ("control_type", "pert_type")
# Columns that may name the treatment of a negative control without a compound, preferred first.
_VEHICLE = ("pert_iname", "pert_vehicle", "solvent")
# All columns that `with_roles` reads.
ROLE_COLUMNS = ("compound", "concentration", "treatment", "control", *CONTROL_COLUMNS, *_VEHICLE)


def with_roles(meta: pd.DataFrame, place: Callable[[int], str] | None = None) -> pd.DataFrame:
    """Return metadata with `control` and `treatment` derived if the table lacks them.

    `control` is true where the compound is a known name of a negative control (DMSO, ...), or
    where JUMP's columns have `negcon`; `treatment` is the compound at its concentration. JUMP
    leaves the compound of its negative controls blank: it is filled with the name in another
    column (DMSO), else `negcon`, so that they are one compound and one treatment.

    Args:
        meta: Metadata by our names.
        place: Returns what a message calls a row, by its place from 0: by default its row of the
            file, which is the index of a table that was just read.

    Raises:
        InputError: A `control` is neither true nor false, or a concentration is not a number, below
            zero, infinite, or in two units.
    """
    rows = meta.index  # as read: the places that messages name
    meta = without_lists(meta.reset_index(drop=True))
    if "compound" in meta.columns:
        meta["compound"] = id_text(meta["compound"])
    if "control" in meta.columns:
        meta["control"] = true_or_false(meta["control"].set_axis(rows))
    elif {"compound", *CONTROL_COLUMNS} & set(meta.columns):
        meta["control"] = _control(meta)
    _refuse_impossible(meta, rows)
    refuse_mixed_units(meta, place or partial(row_of, rows))
    if "compound" not in meta.columns:
        return meta
    blank = meta["control"] & meta["compound"].isna()
    if blank.any():
        meta["compound"] = meta["compound"].where(~blank, _vehicle(meta))
    if "treatment" not in meta.columns:
        meta["treatment"] = _treatment(meta, rows)
    elif blank.any():
        unnamed = blank & meta["treatment"].isna()
        meta["treatment"] = meta["treatment"].where(~unnamed, meta["compound"])
    return meta


def without_derived(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata without the roles that say no more than `with_roles` would.

    So a table that is joined later can still say which rows are controls, and at which dose.
    """
    plain = meta.drop(columns=[n for n in ("control", "treatment") if n in meta.columns])
    try:
        again = with_roles(plain)
    except InputError:
        return meta
    same = [
        name
        for name in ("control", "treatment")
        if name in meta.columns and name in again.columns and _equal(meta[name], again[name])
    ]
    return meta.drop(columns=same)


def _equal(one: pd.Series, other: pd.Series) -> bool:
    both = one.astype(object).reset_index(drop=True), other.astype(object).reset_index(drop=True)
    return bool(((both[0] == both[1]) | (both[0].isna() & both[1].isna())).all())


def _vehicle(meta: pd.DataFrame) -> pd.Series:
    """Return the name of each row's treatment if it is a negative control, else `negcon`."""
    names = pd.Series("negcon", index=meta.index, dtype=object)
    for name in reversed(_VEHICLE):
        if name in meta.columns:
            text = meta[name].astype("string")
            names = names.where(~text.str.lower().isin(CONTROL_NAMES), text.astype(object))
    return names


def _control(meta: pd.DataFrame) -> pd.Series:
    """Return which rows are negative controls, by compound or by JUMP's columns."""
    control = pd.Series(data=False, index=meta.index)
    if "compound" in meta.columns:
        control |= meta["compound"].astype("string").str.lower().isin(CONTROL_NAMES)
    for name in CONTROL_COLUMNS:
        if name in meta.columns:
            control |= meta[name].astype(str).str.lower() == "negcon"
    return control


def _refuse_impossible(meta: pd.DataFrame, rows: pd.Index) -> None:
    """Raise where a concentration is below zero or infinite."""
    if "concentration" not in meta.columns:
        return
    doses = meta["concentration"]
    number = number_or_nan(doses)
    wrong = np.flatnonzero((number < 0) | np.isinf(number))
    if len(wrong):
        first = shown(doses.iloc[int(wrong[0])])
        raise InputError(
            f"concentration {first} is below zero or infinite",
            where=row_of(rows, int(wrong[0])),
            fix="write the concentration itself, not its logarithm; leave it empty where there is "
            "none",
        )


def _treatment(meta: pd.DataFrame, rows: pd.Index) -> pd.Series:
    """Return `compound@concentration`, or the compound alone if there is no concentration."""
    compound = meta["compound"]
    if "concentration" not in meta.columns:
        return compound
    number = pd.Series(number_or_nan(meta["concentration"]), index=meta.index)
    wrong = number.isna() & meta["concentration"].notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"concentration {shown(meta['concentration'].iloc[row])} is not a number",
            where=row_of(rows, row),
            fix="write the number alone, in one unit (1, not '1 uM'), or name another column: "
            "--column concentration=...",
        )
    dose = on_distinct(number, lambda value: f"@{value:g}")
    joined = compound + dose.where(number.notna() & ~meta["control"], "")
    return joined.where(compound.notna(), np.nan)
