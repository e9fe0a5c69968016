"""Doses by the names of columns: units that differ, and doses that no role has found."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError

_DOSE = "dose|conc|concentration"
_UNIT = re.compile(
    rf"({_DOSE})s?[^a-z]*units?(?![a-z])|(?<![a-z])units?[^a-z]*(of)?[^a-z]*({_DOSE})s?(?![a-z])"
)
_DOSES = frozenset({*_DOSE.split("|"), "doses", "concs", "concentrations"})
# Other words in the name of a dose; with any other word, a column may be about doses.
_OTHER = frozenset(
    {
        *("metadata", "image", "pert", "perturbation", "compound", "cpd", "cmpd", "drug"),
        *("treatment", "final", "nominal", "value", "in", "per", "m", "mm", "um", "nm", "pm"),
        *("molar", "millimolar", "micromolar", "nanomolar", "mg", "ug", "ng", "ml", "l"),
    }
)


def names_a_unit(name: str) -> bool:
    """Return whether a column holds units of doses, by its name.

    Example:
        >>> names_a_unit("pert_dose_unit"), names_a_unit("Concentration")
        (True, False)
    """
    return bool(_UNIT.search(name.lower()))


def names_a_dose(name: str) -> bool:
    """Return whether a column holds doses, by its name: `dose_uM`, `CONC`, `pert_dose`.

    Example:
        >>> names_a_dose("Concentration (uM)"), names_a_dose("log_dose")
        (True, False)
    """
    parted = re.sub("(?<=[a-z])(?=[A-Z][a-z])", "_", _latin(name)).lower()
    words = set(re.split("[^a-z]+", parted)) - {""}
    return bool(words & _DOSES) and words <= _DOSES | _OTHER


def refuse_mixed_units(meta: pd.DataFrame, place: Callable[[int], str]) -> None:
    """Raise if the doses of the treatments have more than one unit, by a column of units.

    Controls and rows without a dose may have any unit.

    Args:
        meta: Metadata by our names, with `control` if it is known.
        place: Returns what a message calls a row, by its place from 0.

    Raises:
        InputError: Two units: names the column, both values and the first row of the second.
    """
    units = [name for name in map(str, meta.columns) if names_a_unit(name)]
    if not units or "concentration" not in meta.columns:
        return
    dose = pd.to_numeric(meta["concentration"], errors="coerce")
    dosed = (dose > 0).to_numpy(dtype=bool)
    if "control" in meta.columns:
        dosed &= ~meta["control"].to_numpy(dtype=bool)
    for name in units:
        rows = np.flatnonzero(dosed & meta[name].notna().to_numpy(dtype=bool))
        spelt = meta[name].iloc[rows].astype(str)
        other = np.flatnonzero(pd.factorize(spelt.map(lambda v: _latin(v).lower()))[0])
        if len(other):
            raise InputError(
                f"'{name}' is {spelt.iloc[other[0]]!r}, and {spelt.iloc[0]!r} in rows above: doses "
                "in two units are not comparable",
                where=place(int(rows[other[0]])),
                fix="write all concentrations in one unit",
            )


def unused_dose(meta: pd.DataFrame) -> str:
    """Return the first column of numbers that is named as a dose, where no column is one; or ''."""
    if "concentration" in meta.columns:
        return ""
    named = (name for name in map(str, meta.columns) if names_a_dose(name))
    return next((name for name in named if _numeric(meta[name])), "")


def _numeric(values: pd.Series) -> bool:
    there = pd.Series(pd.unique(values.dropna()), dtype=object)
    return bool(len(there)) and bool(pd.to_numeric(there, errors="coerce").notna().all())


def _latin(text: str) -> str:
    """Return a text with `u` for either sign of micro."""
    return text.strip().replace("\u00b5", "u").replace("\u03bc", "u")
