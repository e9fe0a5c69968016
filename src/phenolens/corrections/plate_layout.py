"""The layout of plates: where a well is, and which treatments are always alone there."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from phenolens.core.errors import InputError, shown
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows

SPAN = 64  # more than any plate has rows or columns: codes of positions are counted by it
# To AF48: the 32 rows and 48 columns of a plate of 1536 wells.
_WELL = re.compile(r"([A-Z]|A[A-F])0*([1-9]|[1-3][0-9]|4[0-8])")


def positions(
    profiles: Profiles, needed_by: str
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """Return each row's row and column on its plate, from 0, as `well` names them (A01 to AF48).

    Raises:
        InputError: No column `well`, or a value in it that is not a well (names the row).
    """
    wells = profiles.column("well", needed_by).astype(str).str.strip().str.upper()
    codes, names = pd.factorize(wells)
    found = [_WELL.fullmatch(name) for name in names]
    for code, match in enumerate(found):
        if match is None:
            row = int((codes == code).argmax())
            raise InputError(
                f"{needed_by}: well {shown(profiles.meta['well'].iloc[row])} in "
                f"{profiles.place(row)} is not one of A01 to AF48",
                fix="write the row's letter and the column's number",
            )
    letters = [match[1] for match in found if match]
    numbers = [int(match[2]) - 1 for match in found if match]
    heights = [26 * (len(text) - 1) + ord(text[-1]) - ord("A") for text in letters]
    return np.array(heights, dtype=np.int64)[codes], np.array(numbers, dtype=np.int64)[codes]


def has_treatments(profiles: Profiles) -> bool:
    """Return whether there is a column that says what each well was given."""
    return not {"compound", "treatment"}.isdisjoint(profiles.meta.columns)


def always_alone(profiles: Profiles, lines: Int64[np.ndarray, " n"], needed_by: str) -> list[str]:
    """Return the compounds, or else the treatments, that share none of their lines with another.

    A line is whatever gets an effect of its own: a position over plates, a row of a plate. The
    effect of a line that holds a single compound cannot be separated from the compound's.
    Controls count as one compound, and are not returned.

    Raises:
        InputError: There is neither a column `compound` nor `treatment` to look at.
    """
    if not has_treatments(profiles):
        raise InputError(
            f"{needed_by} needs a column 'compound' or 'treatment' to see whether they are "
            "confounded with position",
            fix='set confounded = "allow" to skip this check',
        )
    controls = _controls(profiles)
    for name in ("compound", "treatment"):
        if name in profiles.meta.columns:
            values = profiles.meta[name].astype("string").mask(controls)
            codes, words = pd.factorize(values)
            alone = _alone(codes.astype(np.int64), lines)[: len(words)]
            if alone.any():
                return sorted(map(str, words[alone]))
    return []


def controls_apart(profiles: Profiles, lines: Int64[np.ndarray, " n"]) -> bool:
    """Return whether no line holds controls and others: their contrast is then the lines' too."""
    controls = _controls(profiles)
    if not controls.any():
        return False
    alone = _alone(controls.astype(np.int64), lines)
    return bool(alone[1] and not controls.all())


def _controls(profiles: Profiles) -> Bool[np.ndarray, " n"]:
    if "control" not in profiles.meta.columns:
        return np.zeros(len(profiles), dtype=bool)
    return control_rows(profiles.meta)


def _alone(
    codes: Int64[np.ndarray, " n"], lines: Int64[np.ndarray, " n"]
) -> Bool[np.ndarray, " v"]:
    """Return, for each code, whether each of its lines holds it alone; -1 comes last."""
    lines = np.unique(lines, return_inverse=True)[1]
    low, high = np.full(lines.max() + 1, len(codes)), np.full(lines.max() + 1, -2)
    np.minimum.at(low, lines, codes)
    np.maximum.at(high, lines, codes)
    shared = (low != high)[lines]
    size = int(codes.max(initial=-1)) + 2
    return np.bincount(codes % size, shared, minlength=size) == 0
