"""Series: where a new replicate begins in one column of times, and which times are odd."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

_FAR = 0.5  # share of the time so far by which it must fall to begin again


def replicate_starts(times: Float64[np.ndarray, " n"]) -> list[int]:
    """Return the rows in which a new replicate begins: where time falls back to its beginning.

    Replicates are often stacked in one column, so that the time runs 0 .. 72, 0 .. 72. Their counts
    of times may differ, and one may lack the first time. A time that is a little earlier than the
    one above it is out of order, and begins nothing.

    Args:
        times: Hours, in the order of the file.

    Example:
        >>> replicate_starts(np.array([0.0, 3, 6, 0, 3, 0, 6, 3, 9]))
        [0, 3, 5]
    """
    starts = [0] if len(times) else []
    for row in range(1, len(times)):
        here, before = times[row], times[starts[-1] : row]
        if here >= before[-1]:
            continue
        fall, length = before[-1] - here, before.max() - before.min()
        follows = row + 1 < len(times) and times[row + 1] > here
        again = here in before and follows and times[row + 1] in before
        if here <= before[0] or again or (fall > _FAR * length and len(before) > 2 and follows):
            starts.append(row)
    return starts


@dataclass(frozen=True, slots=True)
class Times:
    """What the times of some curves are.

    Attributes:
        count: Different times, over all curves.
        first: Hours.
        last: Hours.
        spacing: Usual hours from one time to the next; NaN with a single time.
        uneven: Whether steps differ by more than a tenth of the usual one.
        missing: Times that the usual spacing has and no curve.
        gaps: Times that some curves have, and others do not, summed over the others.
        doubled: Times that were there twice in one curve.
        out_of_order: Times that were earlier than the one above them.
    """

    count: int
    first: float
    last: float
    spacing: float
    uneven: bool
    missing: int
    gaps: int = 0
    doubled: int = 0
    out_of_order: int = 0

    @classmethod
    def of(
        cls,
        times: Float64[np.ndarray, " n"],
        curves: Int64[np.ndarray, " n"],
        doubled: int = 0,
        out_of_order: int = 0,
    ) -> Times:
        """Return what the times of some curves are.

        Args:
            times: Hours, one per row.
            curves: The curve of each row.
            doubled: As counted in the file.
            out_of_order: As counted in the file.
        """
        every = np.unique(times)
        steps = np.diff(every)
        spacing = usual_spacing(every)
        missing = int(np.sum(np.round(steps[steps > 1.5 * spacing] / spacing) - 1))
        counts = Counter(
            curve for curve, _ in set(zip(curves.tolist(), times.tolist(), strict=True))
        )
        return cls(
            count=len(every),
            first=float(every[0]) if len(every) else np.nan,
            last=float(every[-1]) if len(every) else np.nan,
            spacing=spacing,
            uneven=bool(len(steps)) and bool(np.any(np.abs(steps - spacing) > 0.1 * spacing)),
            missing=missing,
            gaps=sum(len(every) - count for count in counts.values()),
            doubled=doubled,
            out_of_order=out_of_order,
        )


def usual_spacing(times: Float64[np.ndarray, " n"]) -> float:
    """Return the median step between different times; NaN with fewer than two.

    Example:
        >>> usual_spacing(np.array([0.0, 3, 6, 6, 12]))
        3.0
    """
    steps = np.diff(np.unique(times))
    return float(np.median(steps)) if len(steps) else float("nan")


def out_of_order(times: Float64[np.ndarray, " n"], starts: list[int]) -> int:
    """Return how many times are earlier than the one above them, replicates apart."""
    backward = np.flatnonzero(np.diff(times) < 0) + 1
    return len(set(backward.tolist()) - set(starts))
