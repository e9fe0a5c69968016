"""The table of trajectories: one row per curve, its features the distances at its times."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from jaxtyping import Float64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, listed
from phenolens.core.profiles import Profiles

# A time as `%g` writes it: 0, -4, 2.5, 1e-05.
_NAME = re.compile(r"hours_(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


def names_of(times: Iterable[float]) -> tuple[str, ...]:
    """Return the names of features that are distances at these times.

    Args:
        times: Hours since the drug was added; negative before it.

    Raises:
        InputError: A time is not finite, or two times have the same name (six digits are kept).

    Example:
        >>> names_of([-4, 0, 2.5])
        ('hours_-4', 'hours_0', 'hours_2.5')
    """
    hours = [float(time) + 0.0 for time in times]  # -0.0 becomes 0.0
    wrong = [time for time in hours if not np.isfinite(time)]
    if wrong:
        raise InputError(f"a time of a trajectory must be a number of hours, got {wrong[0]}")
    names = tuple(f"hours_{time:g}" for time in hours)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(
            f"two times of the trajectories have the same name '{twice}'",
            fix="round the times, so that they differ in their first six digits",
        )
    return names


def times_of(profiles: Profiles) -> Float64[np.ndarray, " t"]:
    """Return the hours of each feature of trajectories, in the order of the features.

    Args:
        profiles: Trajectories: what the step `trajectories` made.

    Raises:
        InputError: The features are not named by times, or two of them are of one time.
    """
    read = [_NAME.fullmatch(name) for name in profiles.names]
    other = [name for name, time in zip(profiles.names, read, strict=True) if time is None]
    if other or not read:
        raise InputError(
            "expected trajectories, whose features are named as 'hours_2.5'"
            + (f"; found {listed(other)}" if other else "; the table has no feature"),
            fix="put the step `trajectories` first, without a step between that renames features",
        )
    times = np.array([float(time[1]) for time in read if time], dtype=np.float64)
    if len(np.unique(times)) != len(times):
        raise InputError(f"two features are of the same time: {listed(profiles.names)}")
    return times


def is_trajectories(profiles: Profiles) -> bool:
    """Return whether all features of these profiles are named by times."""
    return bool(profiles.names) and all(_NAME.fullmatch(name) for name in profiles.names)


def not_infinite(profiles: Profiles, needed_by: str) -> Float64[np.ndarray, "n t"]:
    """Return the distances of trajectories in float64; a missing one is NaN.

    Raises:
        InputError: A distance is infinite or negative: names the feature and the row.
    """
    bad = np.isinf(profiles.features) | (profiles.features < 0)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InputError(
            f"{needed_by} needs distances; '{profiles.names[column]}' is "
            f"{profiles.features[row, column]} in {profiles.place(int(row))} "
            f"({count_of(int(bad.sum()), 'such value')})",
            fix="apply it to what the step `trajectories` made, without scaling in between",
        )
    return profiles.features.astype(np.float64)
