"""The matched controls: the mean of the control curves that a row is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.curves import Curves, control_groups, identity
from phenolens.trajectories.distances import TimeDistance, row_distances
from phenolens.trajectories.nearest_time import nearest_time

_ROWS = 4096  # rows held in float64 at a time
_VALUES = 2**21  # features held in float64 at a time


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Which curves share their controls.

    Attributes:
        curves: The curves of the table.
        group: (c,) the group of each curve: curves of one group share their controls.
        farthest: A control frame further away than this many hours is none.
    """

    curves: Curves
    group: Int64[np.ndarray, " c"]
    farthest: float

    @classmethod
    def of(
        cls, profiles: Profiles, controls_same: Sequence[str], farthest: float, needed_by: str
    ) -> Matched:
        """Return the curves of a long-form table with their controls.

        Args:
            profiles: One row per curve and time.
            controls_same: Columns that a curve and its controls share, where the table has them.
            farthest: Hours; 0 for half of the usual spacing of the times.
            needed_by: Who needs them, for messages.

        Raises:
            InputError: As `Curves.of` and `control_groups`; or no control matches a curve.
        """
        curves = Curves.of(profiles, needed_by)
        there = [name for name in controls_same if name in profiles.meta.columns]
        group = control_groups(profiles, identity(profiles.meta)[0], there, needed_by)
        complete = np.diff(curves.start) > 0
        number = np.bincount(group, curves.control & complete)
        alone = np.flatnonzero(~curves.control & (number[group] == 0))
        if len(alone):
            raise _no_control(profiles, curves, alone, there, needed_by)
        half = curves.spacing() / 2
        return cls(curves, group, farthest or (half if np.isfinite(half) else 0.0))

    def distances(
        self,
        features: Float32[np.ndarray, "n d"],
        distance: TimeDistance,
        weight: Float64[np.ndarray, " c"] | None = None,
    ) -> Float64[np.ndarray, " m"]:
        """Return the distance of each row in `curves.order` to its controls at the nearest time.

        The control is the mean of the matched control curves, each at its frame nearest to the
        time of the row; a row of a control is compared with the mean of the others. NaN: no
        control has a frame near this time, or the distance is not defined.

        Args:
            features: Of the table, (rows, features).
            distance: Which.
            weight: (c,) how often each control curve counts in the mean; once by default. Drawn
                with replacement it gives the bootstrap over control curves.
        """
        curves = self.curves
        weight = np.ones(len(curves)) if weight is None else weight
        far = np.full(len(curves.order), np.nan)
        slices = list(curves)
        for one in range(int(self.group.max()) + 1):
            members = np.flatnonzero(self.group == one)
            controls = [
                (weight[c], curves.hours[slices[c]], features[curves.order[slices[c]]])
                for c in members[curves.control[members]]
            ]
            rows = np.concatenate([np.arange(slices[c].start, slices[c].stop) for c in members])
            size = [slices[c].stop - slices[c].start for c in members]
            own = np.repeat(np.where(curves.control, weight, 0)[members], size)
            by_time = np.argsort(curves.hours[rows], kind="stable")
            for block in _blocks(by_time, features.shape[1]):
                at, itself = rows[block], own[block]
                x = features[curves.order[at]].astype(np.float64)
                total, count = self._sums(controls, curves.hours[at], x.shape[1])
                total -= itself[:, None] * x
                count -= itself
                some = count > 0.5
                mean = total[some] / count[some, None]
                far[at[some]] = row_distances(x[some], mean, distance)
        return far

    def _sums(
        self,
        controls: Sequence[tuple[float, Float64[np.ndarray, " _"], Float32[np.ndarray, "_ d"]]],
        hours: Float64[np.ndarray, " b"],
        width: int,
    ) -> tuple[Float64[np.ndarray, "b d"], Float64[np.ndarray, " b"]]:
        """Return the sum of the controls at each time, and how many have a frame near it."""
        times, back = np.unique(hours, return_inverse=True)
        total, count = np.zeros((len(times), width)), np.zeros(len(times))
        for weight, known, values in controls:
            if weight:
                place = nearest_time(known, times, self.farthest)
                near = place >= 0
                total[near] += weight * values[place[near]].astype(np.float64)
                count += weight * near
        return total[back], count[back]


def _no_control(
    profiles: Profiles,
    curves: Curves,
    alone: Int64[np.ndarray, " k"],
    same: Sequence[str],
    needed_by: str,
) -> InputError:
    """Return the error of curves without a control."""
    place = profiles.place(int(curves.first[alone[0]]))
    fix = "name other columns in `controls_same` (none: all controls together), or drop these rows"
    if not same or (np.diff(curves.start)[curves.control] == 0).all():
        what, fix = "every row of a control has a missing feature", "fill or drop such features"
        return InputError(f"{needed_by}: {what}", fix=fix)
    return InputError(
        f"{needed_by}: no control with all its features shares {' and '.join(same)} with {place} "
        f"({count_of(len(alone), 'such curve')})",
        fix=fix,
    )


def _blocks(rows: Int64[np.ndarray, " m"], width: int) -> Iterator[Int64[np.ndarray, " b"]]:
    """Yield the rows in blocks that fit a fixed memory."""
    size = max(1, min(_ROWS, _VALUES // max(width, 1)))
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]
