"""Regress position: features less what a well's position on the plate explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.corrections.plate_layout import (
    SPAN,
    always_alone,
    controls_apart,
    has_treatments,
    positions,
)
from phenolens.corrections.position import How, Places, PositionEffects
from phenolens.grouping.groups import RowGroups, Words
from phenolens.profiling.base import BaseStep, FittableStep

_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class GroupEffects:
    """The effects of position in every group, one group after the other.

    Attributes:
        groups: The groups.
        line_start: Where in `line` each group begins, and the end.
        line: See `PositionEffects`.
        middle: See there.
        effect: See there.
        well_start: Where in `wells` each group begins, and the end.
        wells: See there.
    """

    groups: Words
    line_start: Int64[np.ndarray, " bounds"]
    line: Int64[np.ndarray, " l"]
    middle: Float64[np.ndarray, " l"]
    effect: Float64[np.ndarray, "l e"]
    well_start: Int64[np.ndarray, " bounds"]
    wells: Int64[np.ndarray, " w"]

    def __post_init__(self) -> None:
        for start, parts in ((self.line_start, self.line), (self.well_start, self.wells)):
            bounds = start[[0, -1]].tolist() if len(start) else []
            right = len(start) == len(self.groups) + 1 and bounds == [0, len(parts)]
            if not (right and (np.diff(start) > 0).all()):
                raise InputError("the starts do not divide the lines and wells into the groups")

    @classmethod
    def of(cls, groups: RowGroups, effects: list[PositionEffects]) -> GroupEffects:
        """Return the effects of all groups."""
        return cls(
            groups=groups.words,
            line_start=np.cumsum([0, *(len(one.line) for one in effects)]),
            line=np.concatenate([one.line for one in effects]),
            middle=np.concatenate([one.middle for one in effects]),
            effect=np.concatenate([one.effect for one in effects]),
            well_start=np.cumsum([0, *(len(one.wells) for one in effects)]),
            wells=np.concatenate([one.wells for one in effects]),
        )

    def group(self, k: int, how: How) -> PositionEffects:
        """Return the effects of one group."""
        lines = slice(self.line_start[k], self.line_start[k + 1])
        wells = self.wells[self.well_start[k] : self.well_start[k + 1]]
        return PositionEffects(how, self.line[lines], self.middle[lines], self.effect[lines], wells)


@dataclass(frozen=True, kw_only=True)
class RegressPosition(FittableStep[GroupEffects]):
    """Well-position correction, feature by feature; what position does not explain stays.

    `mean`: less the mean of the same well over all plates (the JUMP recipe's `wellpos`, which
    subtracts the table's mean too). `linear`: less a plane in row and column number, plate by
    plate. `additive`: less a level for each row and each column, plate by plate, by least
    squares. `polish`: the same by Tukey's median polish, as in the B-score (Brideau et al. 2003;
    divide by the MAD with `robustize` for the whole of it).

    Where every plate has the same layout, a position's effect is also its compound's, and `mean`
    removes both. So does the level of a row or column that holds one compound. This is tested
    before fitting on all rows: a compound (or treatment) is confounded where each of its
    positions (`additive`, `polish`: each of its rows, or of its columns, of a plate) holds only
    it. One such compound is refused, unless allowed.

    With one layout on all plates `additive` does another harm, and is refused too: the mean of a
    row contains the effects of its compounds, the same on every plate, and subtracting it writes
    the position into each well. On CPJUMP1 the nearest DMSO well of another plate is in the same
    position for 22 % of the DMSO wells, and for 58 % afterwards (`polish`: 14 %).

    Controls in positions, rows or columns of their own are common, and pass; but then their
    contrast to all else is taken for position too. The provenance records it.

    Attributes:
        how: The model of position.
        by: Columns that make a group, each fitted on its own: none for `mean`, `plate` for the
            others, unless given.
        on: Fitted on all rows, or on the negative controls.
        confounded: Whether a compound that cannot be separated from its position is an error.
    """

    how: How = "mean"
    by: tuple[str, ...] | None = None
    on: Literal["controls", "all"] = "all"
    confounded: Literal["refuse", "allow"] = "refuse"

    state: ClassVar[type] = GroupEffects

    def learn(self, profiles: Profiles, base: GroupEffects | None = None) -> Learned[GroupEffects]:
        """Return the effects of position, and the residuals at the level of the rows fitted on.

        Raises:
            InputError: No column `well`, a well of another name than A01 to AF48 (names the row),
                a compound that is confounded with position, a position, row or column without
                enough rows to fit on, or a feature that is not finite.
        """
        del base  # nothing is common to all groups
        x = profiles.finite("regress_position")
        height, column = positions(profiles, "regress_position")
        by = RowGroups.of(profiles, self._groups, "regress_position")
        groups = by.every_row_in_one("regress_position")
        fit = np.ones(len(x), dtype=bool)
        facts = self._confounding(profiles, groups.codes, height, column)
        if self.on == "controls":
            fit = profiles.controls("regress_position")
        made = np.empty_like(profiles.features)
        effects, before, after, left = [], [], [], 0.0
        for k, rows in enumerate(groups):
            where = f"regress_position, {groups.name(k)}"
            places = Places(height[rows], column[rows], fit[rows], where)
            effects.append(places.effects(x[rows], self.how))
            made[rows] = effects[-1].residuals(x[rows], height[rows], column[rows], where)
            size = np.abs(x[rows]).max(axis=0)
            before.append(places.explained(x[rows], self.how, size).mean())
            r2 = places.explained(made[rows].astype(np.float64), self.how, size)
            after.append(r2.mean())
            left = max(left, self._check(x[rows[fit[rows]]], made[rows[fit[rows]]], r2))
        facts = {
            "fitted_on": int(fit.sum()),
            "groups": len(groups),
            "explained_before": float(np.mean(before)),
            "explained_after": float(np.mean(after)),
            "rise" if self.how == "polish" else "correlation_left": left,
            **facts,
        }
        return Learned(GroupEffects.of(groups, effects), made, profiles.names, facts)

    def transform(self, profiles: Profiles, state: GroupEffects) -> Float32[np.ndarray, "n e"]:
        """Return the residuals from the effects learned.

        Raises:
            InputError: A position, row or column that was not in the fit: names it.
        """
        x = profiles.finite("regress_position")
        height, column = positions(profiles, "regress_position")
        groups = RowGroups.of(profiles, self._groups, "regress_position")
        place = groups.places(state.groups)
        made = np.empty_like(profiles.features)
        for k, rows in enumerate(groups):
            effects = state.group(int(place[rows[0]]), self.how)
            where = f"regress_position, {groups.name(k)}"
            made[rows] = effects.residuals(x[rows], height[rows], column[rows], where)
        return made

    def stored_groups(self, state: GroupEffects) -> tuple[tuple[str, ...], Words]:
        """Return the columns that make a group, and the groups learned from."""
        return self._groups, state.groups

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return three models."""
        return (
            cls(how="mean", confounded="allow"),
            cls(how="linear", confounded="allow"),
            cls(how="polish", confounded="allow"),
        )

    @property
    def _groups(self) -> tuple[str, ...]:
        if self.by is not None:
            return self.by
        return () if self.how == "mean" else ("plate",)

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
        """Return which compounds cannot be separated from position.

        Raises:
            InputError: There is one, and it is not allowed.
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
                f"regress_position: '{worst[0]}' is always alone in its {where} "
                f"({count_of(len(worst), 'such compound')} or treatments): the effects of "
                "position and "
                "compound cannot be separated",
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
