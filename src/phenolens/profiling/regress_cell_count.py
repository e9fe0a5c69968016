"""Regress cell count: features less what a straight line in the number of cells explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.regression import multiple_r2, regress_out
from phenolens.grouping.groups import RowGroups

_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class RegressCellCount:
    """Feature by feature, x - b (count - mean count), b by least squares.

    As the JUMP recipe's `cc` (there on all rows at once, features of at most 100 distinct values
    left out, and the mean taken away too; here it stays, so that controls at 0 are not moved).
    Afterwards no feature correlates with the count over the rows fitted on: measured.

    A compound that kills cells changes their number and their look; fitted on all rows, the line
    takes part of that look with it. Fitted on the controls it knows only the crowding of
    unharmed wells, and is drawn out beyond them for the others.

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

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the residuals.

        Raises:
            InputError: No such column or feature, a count that is missing (names the row) or
                negative, a group with fewer than three rows to fit on or in which the count does
                not vary, or a feature that is not finite.
        """
        x = profiles.finite("regress_cell_count")
        design = self._counts(profiles)[:, None]
        fit = np.ones(len(x), dtype=bool)
        if self.on == "controls":
            fit = profiles.controls("regress_cell_count")
        groups = RowGroups.of(profiles, self.by, "regress_cell_count")
        kept = np.array(profiles.names) != self.count
        made = np.empty(x.shape, dtype=np.float32)
        before, left = [], 0.0
        for k, rows in enumerate(groups.every_row_in_one("regress_cell_count")):
            own = rows[fit[rows]]
            self._refuse_flat(design[own], groups.name(k))
            where = f"regress_cell_count, {groups.name(k)}"
            made[rows] = regress_out(x[rows], design[rows], fit[rows], where)
            size = np.abs(x[own]).max(axis=0)
            before.append(multiple_r2(x[own], design[own], size)[kept].mean())
            r2 = multiple_r2(made[own].astype(np.float64), design[own], size)
            left = max(left, float(np.sqrt(r2[kept].max())))
        return profiles.after(
            self,
            features=made[:, kept],
            names=tuple(np.array(profiles.names)[kept].tolist()),
            fitted_on=int(fit.sum()),
            groups=len(groups),
            explained_before=float(np.mean(before)),
            correlation_left=check_invariant("correlation with the cell count", left, _TOLERANCE),
        )

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
                fix="`aggregate` writes one, or name it with `count`; "
                + nearest(self.count, [*map(str, profiles.meta.columns), *known[:8]]),
            )
        number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        lowest = 0.0 if self.log else -np.inf
        wrong: Bool[np.ndarray, " n"] = ~(np.isfinite(number) & (number >= lowest))
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                f"'{self.count}' is {values.iloc[row]!r} in row {row} ({int(wrong.sum())} such "
                "rows), no number of cells",
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
