"""Subtract controls: every profile less the centre of its plate's negative controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from phenolens.core.profiles import Profiles
from phenolens.corrections.align import refuse_few
from phenolens.corrections.invariant import check_invariant
from phenolens.grouping.groups import RowGroups

_TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class SubtractControls:
    """Profiles as differences from the plate's negative controls, feature by feature.

    Only the place of a plate is corrected, not its spread (`standardize` does both). Afterwards
    the centre of the controls is 0 in every group: measured on the result. A constant feature
    becomes 0.

    A group with one control is refused: that well would be 0 by definition, and its own noise be
    added to every other.

    Attributes:
        by: Columns that make a group; none for the whole table.
        how: The controls' mean, or their median.
    """

    by: tuple[str, ...] = ("plate",)
    how: Literal["mean", "median"] = "mean"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the differences.

        Raises:
            InputError: A group has fewer than two controls (names it), a row lies in no group or
                in several, or a feature is not finite.
        """
        x = profiles.finite("subtract_controls")
        controls = profiles.controls("subtract_controls")
        by = RowGroups.of(profiles, self.by, "subtract_controls")
        groups = by.every_row_in_one("subtract_controls")
        centre = np.mean if self.how == "mean" else np.median
        made = np.empty_like(profiles.features)
        moved, left = 0.0, 0.0
        for k, rows in enumerate(groups):
            own = rows[controls[rows]]
            fit = refuse_few(x[own], groups.name(k), "subtract_controls")
            middle = centre(fit, axis=0)
            made[rows] = x[rows] - middle
            size = np.maximum(np.abs(fit).max(axis=0), np.finfo(np.float32).tiny)
            moved = max(moved, float(np.abs(middle).max()))
            off = np.abs(centre(made[own].astype(np.float64), axis=0)) / size
            left = max(left, float(off.max()))
        return profiles.after(
            self,
            features=made,
            groups=len(groups),
            farthest_centre=moved,
            centre_error=check_invariant(
                "centre of the controls after subtract_controls", left, _TOLERANCE
            ),
        )
