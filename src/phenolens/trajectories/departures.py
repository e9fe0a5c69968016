"""Departures: the distance of every curve to its matched controls, at the times of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.curves import Curves
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.nearest_time import grid_of, nearest_time
from phenolens.trajectories.references import Matched


@dataclass(frozen=True, slots=True, eq=False)
class Departures:
    """The distances of curves to their controls.

    Attributes:
        times: (t,) hours.
        values: (c, t) distance; NaN where a curve has no frame near the time, or no control has.
        matched: The curves, and which share their controls.
        undefined: Rows whose distance is not defined, or that no control is near to.
    """

    times: Float64[np.ndarray, " t"]
    values: Float64[np.ndarray, "c t"]
    matched: Matched
    undefined: int


def departures(
    profiles: Profiles,
    matched: Matched,
    distance: TimeDistance,
    needed_by: str,
) -> Departures:
    """Return the distances of all curves of a long-form table to their matched controls.

    Args:
        profiles: One row per curve and time.
        matched: Its curves, and which share their controls.
        distance: Which.
        needed_by: Who needs them, for messages.

    Raises:
        InputError: No distance is defined.
    """
    far = matched.distances(profiles.features, distance)
    undefined = int(np.isnan(far).sum())
    if undefined == len(far):
        raise InputError(
            f"{needed_by}: no {distance} distance to a control is defined",
            fix="take the euclidean distance, and controls with two curves or more",
        )
    times = grid_of(matched.curves.hours, matched.farthest)
    return Departures(times, placed(matched.curves, far, times), matched, undefined)


def placed(
    curves: Curves, values: Float64[np.ndarray, " m"], times: Float64[np.ndarray, " t"]
) -> Float64[np.ndarray, "c t"]:
    """Return one value per row of `curves.order` as one row per curve and one column per time.

    A frame belongs to the time nearest to it; of two frames at one time the nearer counts, then
    the earlier.
    """
    column = nearest_time(times, curves.hours, np.inf)
    off = np.abs(curves.hours - times[column])
    cell = curves.curve * len(times) + column
    order = np.lexsort((curves.hours, off, cell))
    first = order[np.flatnonzero(np.diff(cell[order], prepend=-1))]
    made = np.full(len(curves) * len(times), np.nan)
    made[cell[first]] = values[first]
    return made.reshape(len(curves), len(times))
