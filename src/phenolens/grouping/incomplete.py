"""Incomplete: rows that lack features, and which of them a step leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.grouping.groups import RowGroups

Incomplete = Literal["refuse", "drop_blank", "drop"]
FIX = (
    "drop or fill them in an earlier step; rows with missing features are left out with "
    '`incomplete = "drop"`, rows without any with "drop_blank"'
)
_NAMED = 5  # rows and groups that are written out


class MissingFeatures:
    """Counts the missing features (NaN) of each row, a block of columns at a time.

    Args:
        rows: How many there are.
    """

    def __init__(self, rows: int) -> None:
        self._lacking = np.zeros(rows, dtype=np.int64)
        self._features = 0

    def look(self, begin: int, x: Float32[np.ndarray, "m k"]) -> None:
        """Look at some features of some rows.

        Args:
            begin: Number of the first row.
            x: Their features.
        """
        self._lacking[begin : begin + len(x)] += np.isnan(x).sum(axis=1)
        if begin == 0:
            self._features += x.shape[1]

    def lost(self, how: Incomplete) -> Bool[np.ndarray, " n"]:
        """Return the rows to leave out.

        Args:
            how: `drop`: with a missing feature. `drop_blank`: with all of them missing.
        """
        if how == "refuse" or not self._features:
            return np.zeros(len(self._lacking), dtype=bool)
        return self._lacking >= (1 if how == "drop" else self._features)


def only_complete(
    profiles: Profiles,
    groups: RowGroups,
    missing: MissingFeatures,
    how: Incomplete,
    needed_by: str,
) -> tuple[RowGroups, dict[str, Any]]:
    """Return the groups without the rows that are left out, and what is written of these.

    Args:
        profiles: The table; its features are not asked for.
        groups: Of its rows.
        missing: What is missing in each row.
        how: Which rows are left out.
        needed_by: Who needs features, for messages.

    Raises:
        InputError: No row would be left.
    """
    if how == "refuse":
        return groups, {}
    there = groups.codes >= 0
    lost = missing.lost(how) & there
    if lost.sum() == there.sum():
        raise InputError(
            f"{needed_by}: every row has missing features, so `incomplete` would leave none",
            fix="see which features the table lacks",
        )
    left = groups.only(~lost)
    gone = np.setdiff1d(groups.codes[lost], groups.codes[there & ~lost])
    return left, left_out(profiles, lost, [groups.name(int(k)) for k in gone])


def left_out(
    profiles: Profiles, lost: Bool[np.ndarray, " n"], groups: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what is written of rows that were left out: their number, and the first by name.

    Args:
        profiles: The table that they were left out of.
        lost: Which rows.
        groups: Names of the groups that have no row any more.
    """
    rows = np.flatnonzero(lost)
    if not len(rows):
        return {"rows_incomplete": 0}
    words = f"{len(rows)} of {len(lost)} rows with missing features left out: "
    words += _some([profiles.place(int(row)) for row in rows[:_NAMED]], len(rows))
    if groups:
        words += f". Without another row: {_some(groups[:_NAMED], len(groups))}"
    return {"rows_incomplete": len(rows), "left_out": words}


def _some(names: Sequence[str], count: int) -> str:
    more = f"; ... ({count} in all)" if count > len(names) else ""
    return "; ".join(names) + more
