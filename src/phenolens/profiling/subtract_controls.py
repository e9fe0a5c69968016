"""Subtract controls: every profile less the centre of its plate's negative controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32, Float64

from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.corrections.align import refuse_few
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.grouping.groups import RowGroups, Words
from phenolens.profiling.base import BaseStep, FittableStep

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """What is subtracted.

    Attributes:
        groups: The groups.
        centre: Of each group's controls.
    """

    groups: Words
    centre: Float64[np.ndarray, "g e"]


@dataclass(frozen=True, kw_only=True)
class SubtractControls(FittableStep[Centres]):
    """Profiles as differences from the plate's negative controls, feature by feature.

    Only the level of a plate is corrected, not its spread (`standardize` does both). Afterwards
    the centre of the controls is 0 in every group: measured on the result. A constant feature
    becomes 0.

    A group with one control is refused: that well would be 0 by definition, and its noise would
    be added to every other.

    Attributes:
        by: Columns that make a group; none for the whole table.
        how: The controls' mean, or their median.
    """

    by: tuple[str, ...] = ("plate",)
    how: Literal["mean", "median"] = "mean"

    state: ClassVar[type] = Centres

    def learn(self, profiles: Profiles, base: Centres | None = None) -> Learned[Centres]:
        """Return the centres, and the differences from them.

        Raises:
            InputError: A group has fewer than two controls (names it), a row is in no group or
                in several, or a feature is not finite.
        """
        del base  # nothing is common to all groups
        x = profiles.finite("subtract_controls")
        controls = profiles.controls("subtract_controls")
        by = RowGroups.of(profiles, self.by, "subtract_controls")
        groups = by.every_row_in_one("subtract_controls")
        centre = np.mean if self.how == "mean" else np.median
        made = np.empty_like(profiles.features)
        centres, left = [], 0.0
        for k, rows in enumerate(groups):
            own = rows[controls[rows]]
            fit = refuse_few(x[own], groups.name(k), "subtract_controls")
            middle = centre(fit, axis=0)
            made[rows] = x[rows] - middle
            size = np.maximum(np.abs(fit).max(axis=0), np.finfo(np.float32).tiny)
            centres.append(middle)
            off = np.abs(centre(made[own].astype(np.float64), axis=0)) / size
            left = max(left, float(off.max()))
        what = "centre of the controls after subtract_controls"
        facts = {
            "groups": len(groups),
            "farthest_centre": float(np.abs(np.stack(centres)).max()),
            "centre_error": check_invariant(what, left, _TOLERANCE),
        }
        return Learned(Centres(groups.words, np.stack(centres)), made, profiles.names, facts)

    def transform(self, profiles: Profiles, state: Centres) -> Float32[np.ndarray, "n e"]:
        """Return the differences from the centres learned."""
        x = profiles.finite("subtract_controls")
        place = RowGroups.of(profiles, self.by, "subtract_controls").places(state.groups)
        return in_float32(x - state.centre[place], "subtract_controls")

    def stored_groups(self, state: Centres) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the groups learned from."""
        return self.by, state.groups

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and the median of the whole table's controls."""
        return cls(), cls(by=(), how="median")
