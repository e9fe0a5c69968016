"""Regress position: features less what a well's place on the plate explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.plate_layout import (
    SPAN,
    always_alone,
    controls_apart,
    has_treatments,
    positions,
)
from phenolens.corrections.position import How, Places
from phenolens.grouping.groups import RowGroups

_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class RegressPosition:
    """Well-position correction, feature by feature; what position does not explain stays.

    `mean`: less the mean of the same well over all plates (the JUMP recipe's `wellpos`, which
    takes the table's mean away too). `linear`: less a plane in row and column number, plate by
    plate. `additive`: less a level for each row and each column, plate by plate, by least
    squares. `polish`: the same by Tukey's median polish, as in the B-score (Brideau et al. 2003;
    divide by the MAD with `robustize` for the whole of it).

    Where every plate has the same layout, a position's effect is also its compound's, and `mean`
    takes both. So does a row's or column's level where it holds one compound. This is looked for
    before fitting on all rows: a compound (or treatment) is confounded where each of its
    positions (`additive`, `polish`: each of its rows, or of its columns, of a plate) holds it
    alone. One such compound is refused, unless allowed. A plane cannot follow a compound.

    With one layout on all plates `additive` does harm of another kind, and is refused too: a row's
    mean holds its compounds' effects, the same on every plate, and taking it away writes into each
    well where it lies. On CPJUMP1 the nearest DMSO well of another plate is in the same position
    for 22 % of the DMSO wells, and for 58 % afterwards (`polish`: 14 %).

    Controls that lie apart (in positions, or rows or columns, of their own) are the custom, and
    pass; but then their contrast to all else is taken for position too. The provenance says so.

    Attributes:
        how: The model of position.
        by: Columns that make a group, fitted by itself: none for `mean`, `plate` for the others,
            unless given.
        on: Fitted on all rows, or on the negative controls.
        confounded: Whether a compound that cannot be told from its position is an error.
    """

    how: How = "mean"
    by: tuple[str, ...] | None = None
    on: Literal["controls", "all"] = "all"
    confounded: Literal["refuse", "allow"] = "refuse"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the residuals, at the level of the rows fitted on.

        Raises:
            InputError: No column `well`, a well of another name than A01 to AF48 (names the row),
                a compound that is confounded with position, a position, row or column without
                enough rows to fit on, or a feature that is not finite.
        """
        x = profiles.finite("regress_position")
        height, column = positions(profiles, "regress_position")
        by = self.by if self.by is not None else (() if self.how == "mean" else ("plate",))
        groups = RowGroups.of(profiles, by, "regress_position").every_row_in_one("regress_position")
        fit = np.ones(len(x), dtype=bool)
        facts = self._confounding(profiles, groups.codes, height, column)
        if self.on == "controls":
            fit = profiles.controls("regress_position")
        made = np.empty_like(profiles.features)
        before, after, left = [], [], 0.0
        for k, rows in enumerate(groups):
            where = f"regress_position, {groups.name(k)}"
            places = Places(height[rows], column[rows], fit[rows], where)
            made[rows] = places.residuals(x[rows], self.how)
            size = np.abs(x[rows]).max(axis=0)
            before.append(places.explained(x[rows], self.how, size).mean())
            r2 = places.explained(made[rows].astype(np.float64), self.how, size)
            after.append(r2.mean())
            left = max(left, self._check(x[rows[fit[rows]]], made[rows[fit[rows]]], r2))
        return profiles.after(
            self,
            features=made,
            names=profiles.names,
            fitted_on=int(fit.sum()),
            groups=len(groups),
            explained_before=float(np.mean(before)),
            explained_after=float(np.mean(after)),
            **{"rise" if self.how == "polish" else "correlation_left": left},
            **facts,
        )

    def _check(
        self,
        x: Float[np.ndarray, "k d"],
        made: Float[np.ndarray, "k d"],
        r2: Float[np.ndarray, " d"],
    ) -> float:
        """Return the largest correlation with position that is left in the rows fitted on.

        Medians of 0 leave some. What median polish promises is that deviations have not grown:
        their rise, relative to what they were.
        """
        if self.how != "polish":
            return check_invariant(
                "correlation with position", float(np.sqrt(r2.max())), _TOLERANCE
            )
        was = np.abs(x - np.median(x, axis=0)).sum(axis=0)
        now = np.abs(made - np.median(made, axis=0)).sum(axis=0)
        rise = (now - was) / np.maximum(was, 1e-6 * np.abs(x).max(axis=0) * len(x) + 1e-30)
        return check_invariant(
            "deviations after median polish", max(0.0, float(rise.max())), _TOLERANCE
        )

    def _confounding(
        self,
        profiles: Profiles,
        group: Int64[np.ndarray, " n"],
        height: Int64[np.ndarray, " n"],
        column: Int64[np.ndarray, " n"],
    ) -> dict[str, Any]:
        """Return who cannot be told from position.

        Raises:
            InputError: Somebody, and it is not allowed.
        """
        if self.how == "linear" or self.on == "controls":
            return {}
        if self.confounded == "allow" and not has_treatments(profiles):
            return {}
        place = height * SPAN + column
        lines = [group * SPAN**2 + place]
        if self.how != "mean":
            lines = [group * SPAN + height, group * SPAN + column]
        found = [always_alone(profiles, line, "regress_position") for line in lines]
        where = "well position" if self.how == "mean" else "row or column"
        if self.how == "additive":
            found.append(_of_one_place(profiles, place))
            where = "row, column or well position"
        worst = max(found, key=len)
        if worst and self.confounded == "refuse":
            raise InputError(
                f"regress_position: '{worst[0]}' always stands alone in its {where} "
                f"({len(worst)} such compounds or treatments): position and compound cannot be "
                "told apart",
                fix='fit on the controls (on = "controls"), use how = "linear", '
                'or accept it with confounded = "allow"',
            )
        return {
            "confounded": len(worst),
            "controls_apart": any(controls_apart(profiles, line) for line in lines),
        }


def _of_one_place(profiles: Profiles, place: Int64[np.ndarray, " n"]) -> list[str]:
    """Return the compounds that are alone in each of their positions, of those used twice."""
    _, codes, n = np.unique(place, return_inverse=True, return_counts=True)
    again = n[codes] > 1
    if not again.any():
        return []
    return always_alone(profiles.take(again), place[again], "regress_position")
