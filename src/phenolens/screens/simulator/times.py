"""The times of a simulated time-lapse."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.screens.simulator.growth import START

LATEST = 336.0  # hours: two weeks
TICKS = 3600  # per hour: two frames are at least a second apart


def check_times(times: Sequence[float]) -> None:
    """Raise where the times of a screen are not rising hours from `START` on.

    Raises:
        InputError: Names the time and what is wrong with it.

    Example:
        >>> check_times([0.0, 2.0, 1.0])
        Traceback (most recent call last):
        phenolens.core.errors.InputError: times: 1 does not come after 2
    """
    for k, hour in enumerate(times):
        between(START, LATEST, **{f"times[{k}]": hour})
    for before, after in pairwise(times):
        if tick(after) <= tick(before):
            raise InputError(f"{after:g} does not come after {before:g}", where="times")


def tick(hour: float) -> int:
    """Return an hour as a whole number that is not negative: seconds since `START`.

    Example:
        >>> tick(-24.0), tick(0.0)
        (0, 86400)
    """
    return round((hour - START) * TICKS)
