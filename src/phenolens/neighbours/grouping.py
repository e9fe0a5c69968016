"""Rows and the group each belongs to: what figures of mixing or separation are computed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.values import Values, joint_codes
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.known_rows import negative_controls, refuse_zero_rows
from phenolens.neighbours.order import IDENTITY, canonical_order
from phenolens.statistics.intervals import interval_of_mean, wilson
from phenolens.statistics.units import unit_text

By = str | tuple[str, ...]
Rows = Literal["treated", "controls", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Rows that have a group, in an order that the table's own order does not change.

    Attributes:
        used: The rows.
        x: Their features in float64.
        code: (n,) each row's group, 0 to groups - 1.
        names: Each group's name.
        unit: What is resampled together: the compound, or the row where there is one compound only.
        notes: What was left out, and why.
    """

    used: Profiles
    x: Float64[np.ndarray, "n d"]
    code: Int64[np.ndarray, " n"]
    names: tuple[str, ...]
    unit: pd.Series
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.code)

    @property
    def sizes(self) -> Int64[np.ndarray, " g"]:
        """Rows of each group."""
        return np.bincount(self.code, minlength=len(self.names)).astype(np.int64)

    def only(self, kept: Int64[np.ndarray, " k"]) -> Grouped:
        """Return some of the rows; all groups keep their number."""
        return Grouped(
            used=self.used.take(kept),
            x=self.x[kept],
            code=self.code[kept],
            names=self.names,
            unit=self.unit.iloc[kept],
            notes=self.notes,
        )

    def rows(self, by: By) -> pd.DataFrame:
        """Return the columns that identify each row, and its group."""
        asked = (by,) if isinstance(by, str) else by
        told = [c for c in IDENTITY if c in self.used.meta.columns and c not in asked]
        return self.used.meta[[*told, *asked]].copy()

    def shuffles(self, permutations: int, seed: int) -> Iterator[Int64[np.ndarray, " n"]]:
        """Yield each row's group with the groups shuffled between rows, once per permutation.

        Where the group is a property of the compound (its MoA), compounds are shuffled whole.
        """
        unit = pd.factorize(self.unit, sort=True)[0]
        if pd.Series(self.code).groupby(unit, observed=True).nunique().max() > 1:
            unit = np.arange(len(self))
        of_unit = self.code[np.unique(unit, return_index=True)[1]]
        rng = np.random.default_rng(seed)
        for _ in range(permutations):
            yield of_unit[rng.permutation(len(of_unit))][unit]

    def interval(self, value: Float[np.ndarray, " n"], seed: int) -> tuple[float, float]:
        """Return the 95 % interval of the rows' mean, whole compounds drawn with replacement.

        Where every row has one and the same value nothing varies under resampling; for 0 and 1
        Wilson's interval over the compounds is given instead, else none.
        """
        low, high = interval_of_mean(value, self.unit, seed=seed)
        if low < high:
            return low, high
        if np.isin(value, (0, 1)).all():
            units = self.unit.nunique()
            return wilson(round(float(value.mean()) * units), units)
        return float("nan"), float("nan")


def _asked(by: By, needed_by: str) -> tuple[str, ...]:
    """Return the columns of the groups, at least one."""
    if not by:
        raise InputError(f"{needed_by} needs a column of groups", fix="name one, as batch")
    return (by,) if isinstance(by, str) else by


def grouped(
    profiles: Profiles,
    by: By,
    rows: Rows,
    needed_by: str,
    distance: Distance = "euclidean",
    least: int = 1,
) -> Grouped:
    """Return the rows that have a group, sorted by what identifies them.

    Args:
        profiles: The table.
        by: Column of the groups, or several whose combinations are the groups.
        rows: Treated rows, negative controls only (what differs between them is technical), or all.
        needed_by: Name of the metric, for messages.
        distance: With `cosine` a row of zeros is refused.
        least: Rows that it needs.

    Raises:
        InputError: No such column, fewer than two groups, too few rows, or features that cannot be
            compared.
    """
    asked = _asked(by, needed_by)
    columns = [Values.of(profiles.column(name, needed_by)) for name in asked]
    notes: list[str] = []
    kept = _chosen(profiles, rows, needed_by, notes)
    said = " and ".join(asked)
    code = joint_codes(columns)
    several = np.zeros(len(profiles), dtype=bool)
    for column in columns:
        if column.sets is not None:
            several |= np.asarray(column.sets.sum(axis=1)).ravel() > 1
    for lost, why in ((code < 0, f"without {said}"), (several, f"with several values of {said}")):
        if (lost & kept).any():
            notes.append(f"rows {why} left out: {int((lost & kept).sum())}")
        kept = kept & ~lost  # anew: the mask may be the column of the table itself
    if not kept.any():
        raise InputError(f"{needed_by} needs rows with one value of {said}; no row has one")
    used = profiles.take(np.flatnonzero(kept))
    names = _numbered(used.meta, asked)[1]
    _refuse_few(names, said, len(used), least, needed_by)
    used = used.take(canonical_order(used))
    code = _numbered(used.meta, asked)[0]
    x = used.finite(needed_by)
    if distance == "cosine":
        refuse_zero_rows(used)
    return Grouped(used, x, code, names, _unit(used.meta), tuple(notes))


def _refuse_few(names: tuple[str, ...], said: str, rows: int, least: int, needed_by: str) -> None:
    """Check that there are two groups and rows enough: before features are needed."""
    if len(names) < 2:
        raise InputError(
            f"{needed_by} needs at least two groups of {said}; all {rows} rows are '{names[0]}'",
            fix="group by another column, or leave this metric out",
        )
    if rows < least:
        raise InputError(f"{needed_by} needs at least {least} rows, got {rows}")


def _chosen(
    profiles: Profiles, rows: Rows, needed_by: str, notes: list[str]
) -> Bool[np.ndarray, " n"]:
    """Return the mask of the rows asked for; what it leaves out is noted."""
    if rows == "controls":
        return profiles.controls(needed_by)
    if rows == "all":
        return np.ones(len(profiles), dtype=bool)
    control = negative_controls(profiles)
    if control.any():
        notes.append(f"negative controls left out: {int(control.sum())}")
    return ~control


def _numbered(
    meta: pd.DataFrame, by: tuple[str, ...]
) -> tuple[Int64[np.ndarray, " n"], tuple[str, ...]]:
    """Return each row's group by number, in the order of their names, and the names."""
    text = meta[by[0]].astype(str).str.strip()
    for column in by[1:]:
        text = text + " / " + meta[column].astype(str).str.strip()
    code, names = pd.factorize(text, sort=True)
    return code.astype(np.int64), tuple(map(str, names))


def _unit(meta: pd.DataFrame) -> pd.Series:
    """Return the compounds where there are several, else the rows."""
    if "compound" in meta.columns and meta["compound"].nunique() > 1:
        return unit_text(meta["compound"])
    return pd.Series(np.arange(len(meta)).astype(str), index=meta.index)
