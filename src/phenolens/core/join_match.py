"""Which row of a table each row of metadata meets, and what that table says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.roles import CONTROL_NAMES

# What has one answer for a well, and what has one for a compound.
_OF_A_WELL = ("compound", "concentration", "treatment", "control", "control_type", "pert_type")
_OF_A_COMPOUND = ("moa", "target", "control_type", "pert_type")
_SHOWN = 6


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Rows of metadata, and the rows of another table that have the same keys.

    Attributes:
        left: (n rows) the keys of the metadata, as text.
        right: (m rows) the keys of the other table.
        group: (m,) which rows of the other table have equal keys, by number.
        place: (n,) the group that each row of the metadata meets, -1 for none.
    """

    left: pd.DataFrame
    right: pd.DataFrame
    group: np.ndarray
    place: np.ndarray

    @classmethod
    def of(cls, left: pd.DataFrame, right: pd.DataFrame, unknown: np.ndarray | None) -> Match:
        """Return the match of two tables of keys.

        A blank plate or well meets nothing; a blank compound meets the row without a compound,
        unless nothing is known of it.
        """
        keys = list(right.columns)
        group = right.groupby(keys, sort=False, dropna=False, observed=True).ngroup().to_numpy()
        first = np.unique(group, return_index=True)[1]
        table = right.iloc[first].assign(_place=np.arange(len(first)))
        place = left.merge(table, on=keys, how="left")["_place"].fillna(-1).to_numpy(np.int64)
        for name in ("plate", "well"):
            if name in keys:
                place[left[name].isna().to_numpy()] = -1
        if "compound" in keys and unknown is not None:
            place[unknown & left["compound"].isna().to_numpy()] = -1
        if keys == ["concentration"]:
            place[left["concentration"].isna().to_numpy()] = -1
        return cls(left, right, group, place)

    @property
    def keys(self) -> list[str]:
        """The columns joined on."""
        return list(self.right.columns)

    @property
    def lost(self) -> np.ndarray:
        """Which rows of the metadata have no match."""
        return np.asarray(self.place < 0)

    @property
    def unused(self) -> np.ndarray:
        """Which rows of the other table meet no row of the metadata."""
        return ~np.isin(self.group, self.place)

    @property
    def shared(self) -> int | None:
        """The first row of the other table that several rows of the metadata meet."""
        several = np.flatnonzero(np.bincount(self.place[~self.lost]) > 1)
        return int(np.flatnonzero(self.group == several[0])[0]) if len(several) else None

    def refuse(self, *, allow: bool) -> None:
        """Raise if no row has a match, or more than half have none.

        Controls without one are not counted: tables of compounds rarely list DMSO.

        Args:
            allow: Some rows with a match are enough.
        """
        if self.lost.all():
            raise InputError(
                f"no row matches on {self.keys}: the first row has {shown(self.left.iloc[0])}, "
                f"the table {shown(self.right.iloc[0])}"
            )
        counted = np.ones(len(self.left), dtype=bool)
        if "compound" in self.keys:
            names = self.left["compound"].astype("string")
            control = (names.isna() | names.str.lower().isin(CONTROL_NAMES)).to_numpy(dtype=bool)
            counted = ~(self.lost & control)
        absent = counted & self.lost
        if not allow and 2 * absent.sum() > counted.sum():
            raise InputError(
                f"{absent.sum()} of {counted.sum()} rows have no match on {self.keys}: "
                f"{some(self.left[absent])}",
                fix="correct the names, or allow it with --allow-unmatched",
            )

    def answers(self, values: pd.Series) -> pd.Series | int:
        """Return each row's answer, missing without a match; or a group that has several."""
        codes = pd.factorize(values)[0]
        known = np.flatnonzero(codes >= 0)
        row = np.full(int(self.group.max(initial=-1)) + 2, -1)
        row[self.group[known][::-1]] = known[::-1]  # the first row of a group that has a value
        several = known[codes[known] != codes[row[self.group[known]]]]
        if len(several):
            return int(self.group[several[0]])
        taken = row[self.place]  # place -1, no match, reads the last: no row
        made: pd.Series = values.reset_index(drop=True).reindex(taken).reset_index(drop=True)
        return made

    def refuse_conflict(self, name: str, values: pd.Series, group: int) -> None:
        """Raise if a group has two values of a column that must have one for each key.

        That is so for what a well or a compound has one of, and for every column where most keys
        have one row. Other columns (a site, where wells are joined) are left out.
        """
        keys = set(self.keys)
        must = ("well" in keys and name in _OF_A_WELL) or (
            bool({"well", "compound"} & keys) and name in _OF_A_COMPOUND
        )
        must |= name == "treatment" and {"compound", "concentration"} <= keys
        once = np.bincount(self.group) == 1
        if not must and 2 * once.sum() <= len(once):
            return
        rows = np.flatnonzero((self.group == group) & values.notna().to_numpy())
        held = pd.unique(values.iloc[rows])
        raise InputError(
            f"{shown(self.right.iloc[rows[0]])} has two different values of '{name}': "
            f"{held[0]!s} and {held[1]!s}",
            fix="keep one row, or write both in one cell, as a|b",
        )


def shown(key: pd.Series) -> str:
    """Return a key as messages name it: `plate P1, well A01`."""
    return ", ".join(f"{name} {'blank' if pd.isna(v) else v}" for name, v in key.items())


def some(keys: pd.DataFrame, most: int = _SHOWN) -> str:
    """Return the first few different keys, and how many more there are."""
    distinct = keys.drop_duplicates()
    first = "; ".join(shown(distinct.iloc[i]) for i in range(min(most, len(distinct))))
    more = len(distinct) - most
    return first + (f" and {more} more" if more > 0 else "")
