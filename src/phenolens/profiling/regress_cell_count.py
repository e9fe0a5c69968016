"""Regress cell count: features less what a straight line in the number of cells explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Float32, Float64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, nearest, shown
from phenolens.core.profiles import Profiles
from phenolens.core.reading.numbers import number_or_nan
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.corrections.regression import Line, multiple_r2
from phenolens.grouping.groups import RowGroups, Words
from phenolens.profiling.base import BaseStep, FittableStep

_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class CountLines:
    """The lines learned: x is explained by slope * (count - middle).

    Attributes:
        groups: The groups.
        middle: Mean count of the rows each was fitted on.
        slope: Of each feature that comes out.
    """

    groups: Words
    middle: Float64[np.ndarray, " g"]
    slope: Float64[np.ndarray, "g e"]


@dataclass(frozen=True, kw_only=True)
class RegressCellCount(FittableStep[CountLines]):
    """Feature by feature, x - b (count - mean count), b by least squares.

    As the JUMP recipe's `cc` (there on all rows at once, without features of at most 100 distinct
    values, and the mean is subtracted too; here it stays, so that controls at 0 are not moved).
    Afterwards no feature correlates with the count over the rows fitted on: measured.

    A compound that kills cells changes their number and their look. Fitted on all rows, the line
    removes part of that look. Fitted on the controls, it knows only the crowding of unharmed
    wells, and is extrapolated for the others.

    Attributes:
        count: A metadata column, `count` as `aggregate` writes it, or a feature, which is then
            left out of the result.
        on: Fitted on all rows, or on the negative controls.
        by: Columns that make a group with a line of its own; none for the whole table.
        log: The line is in log(1 + count).
    """

    count: str = "count"
    on: Literal["controls", "all"] = "all"
    by: tuple[str, ...] = ()
    log: bool = False

    state: ClassVar[type] = CountLines

    def learn(self, profiles: Profiles, base: CountLines | None = None) -> Learned[CountLines]:
        """Return the lines, and the residuals.

        Raises:
            InputError: No such column or feature, a count that is missing (names the row) or
                negative, a group with fewer than three rows to fit on or in which the count does
                not vary, or a feature that is not finite.
        """
        del base  # nothing is common to all groups
        x = profiles.finite("regress_cell_count")
        design = self._counts(profiles)[:, None]
        fit = np.ones(len(x), dtype=bool)
        if self.on == "controls":
            fit = profiles.controls("regress_cell_count")
        by = RowGroups.of(profiles, self.by, "regress_cell_count")
        groups = by.every_row_in_one("regress_cell_count")
        kept = self._kept(profiles)
        made = np.empty(x.shape, dtype=np.float32)
        lines, before, left = [], [], 0.0
        for k, rows in enumerate(groups):
            own = rows[fit[rows]]
            self._refuse_flat(design[own], groups.name(k))
            where = f"regress_cell_count, {groups.name(k)}"
            line = Line.of(x[rows], design[rows], fit[rows], where)
            lines.append(line)
            made[rows] = line.residuals(x[rows], design[rows])
            size = np.abs(x[own]).max(axis=0)
            before.append(multiple_r2(x[own], design[own], size)[kept].mean())
            r2 = multiple_r2(made[own].astype(np.float64), design[own], size)
            left = max(left, float(np.sqrt(r2[kept].max())))
        what = "correlation with the cell count"
        facts = {
            "fitted_on": int(fit.sum()),
            "groups": len(groups),
            "explained_before": float(np.mean(before)),
            "correlation_left": check_invariant(what, left, _TOLERANCE),
        }
        state = CountLines(
            groups.words,
            np.array([line.middle[0] for line in lines]),
            np.stack([line.beta[0] for line in lines])[:, kept],
        )
        names = tuple(np.array(profiles.names)[kept].tolist())
        return Learned(state, made[:, kept], names, facts)

    def transform(self, profiles: Profiles, state: CountLines) -> Float32[np.ndarray, "n e"]:
        """Return the residuals from the lines learned."""
        x = profiles.finite("regress_cell_count")[:, self._kept(profiles)]
        place = RowGroups.of(profiles, self.by, "regress_cell_count").places(state.groups)
        off = self._counts(profiles) - state.middle[place]
        made = np.empty(x.shape, dtype=np.float32)
        for k in np.unique(place):
            made[place == k] = x[place == k] - off[place == k, None] * state.slope[k]
        return made

    def stored_groups(self, state: CountLines) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the groups learned from."""
        return self.by, state.groups

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return a count that is one of the features `f0000`, ...: of all rows, and by plate."""
        return cls(count="f0000"), cls(count="f0001", on="controls", by=("plate",))

    def _kept(self, profiles: Profiles) -> Bool[np.ndarray, " d"]:
        """Return which features come out: all but the count."""
        return np.array(profiles.names) != self.count

    def _counts(self, profiles: Profiles) -> Float[np.ndarray, " n"]:
        """Return the number of cells of each row."""
        if self.count in profiles.meta.columns:
            values = profiles.meta[self.count]
        elif self.count in profiles.names and len(profiles.names) > 1:
            values = pd.Series(profiles.features[:, profiles.names.index(self.count)])
        else:
            known = [n for n in profiles.names if "count" in n.lower() or "number" in n.lower()]
            raise InputError(
                f"regress_cell_count needs a column (or another feature) '{self.count}'",
                fix="`aggregate` writes one; or name yours with `count`; "
                + nearest(
                    self.count, [*map(str, profiles.meta.columns), *known[:8]], "the table has"
                ),
            )
        number = number_or_nan(values)
        lowest = 0.0 if self.log else -np.inf
        wrong: Bool[np.ndarray, " n"] = ~(np.isfinite(number) & (number >= lowest))
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                f"'{self.count}' is {shown(values.iloc[row])} in {profiles.place(row)} "
                f"({count_of(int(wrong.sum()), 'such row')}), no number of cells",
                fix="fill it in, or take the row out",
            )
        return np.log1p(number) if self.log else number

    def _refuse_flat(self, count: Float[np.ndarray, "k 1"], group: str) -> None:
        if len(count) < 3:
            raise InputError(
                f"regress_cell_count needs at least 3 rows to fit on in every group, "
                f"and {group} has {len(count)}",
                fix="leave the group out, or choose coarser ones with `by`",
            )
        if np.ptp(count) == 0:
            raise InputError(f"regress_cell_count: '{self.count}' does not vary in {group}")
