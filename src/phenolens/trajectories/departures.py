"""Departures: the distance of every curve to its matched controls, at the times of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.curves import Curves
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.nearest_time import grid_of
from phenolens.trajectories.references import Matched


@dataclass(frozen=True, slots=True, eq=False)
class Departures:
    """The distances of curves to their controls.

    Attributes:
        times: (t,) hours.
        place: (m,) the time of each row in `curves.order`, by number.
        values: (c, t) distance; NaN where a curve has no frame at the time, or no control near it.
        matched: The curves, and which share their controls.
        undefined: Rows whose distance is not defined, or that no control is near to.
    """

    times: Float64[np.ndarray, " t"]
    place: Int64[np.ndarray, " m"]
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
        raise _no_distance(matched, distance, needed_by)
    times, place = grid_of(matched.curves.hours, matched.curves.curve, matched.farthest)
    return Departures(
        times, place, placed(matched.curves, far, place, len(times)), matched, undefined
    )


def placed(
    curves: Curves,
    values: Float64[np.ndarray, " m"],
    place: Int64[np.ndarray, " m"],
    times: int,
) -> Float64[np.ndarray, "c t"]:
    """Return one value per row of `curves.order` as one row per curve and one column per time.

    Args:
        curves: The curves.
        values: Of each row.
        place: The time of each row, by number: no two rows of one curve have the same.
        times: How many there are.
    """
    made = np.full((len(curves), times), np.nan)
    made[curves.curve, place] = values
    return made


def _no_distance(matched: Matched, distance: TimeDistance, needed_by: str) -> InputError:
    """Return the error of a table without any distance: where it comes from, and the way out."""
    curves = matched.curves
    if curves.control.all() and np.bincount(matched.group).max() == 1:
        return InputError(
            f"{needed_by}: the table has one control curve and no treatment, so there is nothing "
            "to compare",
            fix="see which earlier step or query left no other curve",
        )
    if distance in {"euclidean", "l1"}:
        return InputError(
            f"{needed_by}: no control has a frame within {matched.farthest:g} hours of a frame of "
            "another curve",
            fix="set `farthest` to the hours by which frames of two curves may differ",
        )
    return InputError(
        f"{needed_by}: the {distance} distance is not defined for any row: it needs features "
        "that differ from 0" + (" and from one another" if distance == "correlation" else ""),
        fix='set `distance = "euclidean"`',
    )
