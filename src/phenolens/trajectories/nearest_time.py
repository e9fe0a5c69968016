"""The nearest time: which of a curve's frames belongs to a time."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

_ROUNDED = 1e-9  # relative: 0.3 - 0.2 is not 0.2 - 0.1 in binary


def nearest_time(
    known: Float64[np.ndarray, " k"],
    asked: Float64[np.ndarray, " q"],
    farthest: float,
) -> Int64[np.ndarray, " q"]:
    """Return the place of the known time that is nearest to each time asked for, -1 for none.

    The difference counts without its sign, so the next frame is taken where it is nearer than the
    one before (Dmitrenko et al. 2022 mean this; their code compares signed differences, and so
    always takes the frame before). Of two that are equally far, the earlier.

    Args:
        known: Hours, sorted.
        asked: Hours.
        farthest: A known time further away than this many hours is none.

    Example:
        >>> nearest_time(np.array([0.0, 2, 4]), np.array([0.9, 1.0, 1.1, 5.5]), 1).tolist()
        [0, 0, 1, -1]
    """
    if not len(known):
        return np.full(len(asked), -1, dtype=np.int64)
    right = np.clip(np.searchsorted(known, asked), 0, len(known) - 1)
    left = np.maximum(right - 1, 0)
    before, after = np.abs(asked - known[left]), np.abs(asked - known[right])
    slack = _ROUNDED * np.maximum(np.abs(asked), np.maximum(before, after))
    place = np.where(before <= after + slack, left, right)
    far = np.abs(asked - known[place]) > farthest + slack
    return np.where(far, -1, place).astype(np.int64)


def grid_of(
    hours: Float64[np.ndarray, " m"], curve: Int64[np.ndarray, " m"], farthest: float
) -> tuple[Float64[np.ndarray, " t"], Int64[np.ndarray, " m"]]:
    """Return the times that the curves of a table have in common, and the time of each row.

    Times less than `farthest` hours after the first of a group are one time: that which most rows
    have, of equals the earliest. With common times, it is those times. Two frames of one curve are
    never one time, however dense they are next to the others, so no frame is lost.

    Args:
        hours: Of all rows, no curve twice at one time.
        curve: Of all rows.
        farthest: Hours, half of the usual spacing.

    Returns:
        The times, sorted, and for each row the place of its time among them.

    Example:
        >>> grid, place = grid_of(np.array([0.0, 0.1, 2, 2.1, 2.1]), np.array([0, 1, 0, 1, 2]), 1)
        >>> grid.tolist(), place.tolist()
        ([0.0, 2.1], [0, 0, 1, 1, 1])
    """
    times, back, count = np.unique(hours, return_inverse=True, return_counts=True)
    before = _latest_before(hours, curve, back, len(times))
    group = np.zeros(len(times), dtype=np.int64)
    begin = 0
    for i in range(1, len(times)):
        far = times[i] - times[begin] >= farthest * (1 - _ROUNDED)
        if far or before[i] >= times[begin]:
            begin = i
        group[i] = group[i - 1] + (begin == i)
    order = np.lexsort((times, -count, group))
    first = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
    return times[first], group[back]


def _latest_before(
    hours: Float64[np.ndarray, " m"],
    curve: Int64[np.ndarray, " m"],
    back: Int64[np.ndarray, " m"],
    times: int,
) -> Float64[np.ndarray, " t"]:
    """Return the latest frame before each time, of the curves that have a frame at that time."""
    order = np.lexsort((hours, curve))
    earlier = np.full(len(hours), -np.inf)
    same = np.diff(curve[order]) == 0
    earlier[order[1:][same]] = hours[order[:-1][same]]
    made = np.full(times, -np.inf)
    np.maximum.at(made, back, earlier)
    return made
