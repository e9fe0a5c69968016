"""Ties: when two computed numbers are equal, so that rounding ranks nothing.

One mathematical value comes out of a matrix product with other last bits on another processor, with
another number of threads, or in another place of the matrix. Code that ranks such numbers, or
compares them, uses this module. The rule:

    Two values are ties if they differ by at most `SHARE` of the larger one plus a floor.

- `SHARE`, 1e-9, is far above the rounding of float64 (1e-16 per step) and far below what float32
  features can tell apart (6e-8).
- The floor is what rounding can do to a value near zero. For products it is `rounding(d)` times the
  squared length of the vectors, a bound that grows with the number of features d. For shares,
  correlations and other numbers of the size of one it is `FLOOR`. For an optimizer's results it is
  `FITTED`, since a fit is known to the optimizer's tolerance only.
- Values that are ranked are grouped: sorted, a new group of ties begins where the gap to the value
  before exceeds the tolerance. A value that is compared with a bar, or looked up in a distribution,
  ties with what is in its `band`. Rounding to a grid would not do: two values equal but for
  rounding can fall on both sides of an edge of the grid.

How ties count depends on the metric: half for the ROC-AUC, the mean over all orders for the
average precision, the first row in the order of the metadata for a nearest neighbour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

SHARE = 1e-9
FLOOR = 1e-12
FITTED = 1e-6


def rounding(features: int) -> float:
    """Return how far rounding may part two equal squared distances of vectors of length one.

    A product of d terms is off by at most d u |p||q| with u = 2^-53 (Higham 2002, 3.5), and
    |p|^2 + |q|^2 - 2 p.q by at most 4 d u for vectors of length one; 16 d u holds for the
    difference of two of them, and for centring and scaling before.
    """
    return 16 * features * 2.0**-53


def starts(
    ordered: Float64[np.ndarray, "*rows n"], floor: float | Float64[np.ndarray, " n"] = FLOOR
) -> Bool[np.ndarray, "*rows n"]:
    """Return where groups of ties begin in values that rise along the last axis.

    Example:
        >>> starts(np.array([0.3, 0.1 + 0.2, 0.4])).tolist()
        [True, False, True]
    """
    tolerance = SHARE * np.where(np.isfinite(ordered), np.abs(ordered), 0) + floor
    first = np.ones(ordered.shape, dtype=bool)
    with np.errstate(invalid="ignore"):  # infinities are ties: their gap is not a number
        first[..., 1:] = np.diff(ordered) > tolerance[..., 1:]
    return first


def levels(values: Float64[np.ndarray, " n"], floor: float = FLOOR) -> Int64[np.ndarray, " n"]:
    """Return the rank of each value from 0 on, ties alike: what a test by ranks should be given.

    Example:
        >>> levels(np.array([0.1 + 0.2, 0.1, 0.3])).tolist()
        [1, 0, 1]
    """
    order = np.argsort(values, kind="stable")
    level = np.empty(len(values), dtype=np.int64)
    level[order] = np.cumsum(starts(values[order], floor)) - 1
    return level


def mean_ranks(
    values: Float64[np.ndarray, "n m"], floor: float = FLOOR
) -> Float64[np.ndarray, "n m"]:
    """Return the rank of each value in its row, from 1 on; ties share the mean of their ranks.

    Example:
        >>> mean_ranks(np.array([[0.1 + 0.2, 0.1, 0.3]])).tolist()
        [[2.5, 1.0, 2.5]]
    """
    order = np.argsort(values, axis=1)
    first = starts(np.take_along_axis(values, order, axis=1), floor)
    made = np.empty(values.shape)
    np.put_along_axis(made, order, np.arange(1.0, values.shape[1] + 1)[None], axis=1)
    for row in np.flatnonzero(~first.all(axis=1)).tolist():
        begin = np.flatnonzero(first[row])
        size = np.diff(np.append(begin, values.shape[1]))
        made[row, order[row]] = np.repeat(begin + (size + 1) / 2, size)
    return made


def band(value: Any, floor: float = FLOOR) -> tuple[Any, Any]:
    """Return the lowest and the highest number that a value ties with; numbers or arrays."""
    tolerance = SHARE * np.abs(value) + floor
    return value - tolerance, value + tolerance


def reaches(value: Any, bar: Any, floor: float = FLOOR) -> Any:
    """Return whether value >= bar or they are ties; numbers or arrays.

    Example:
        >>> bool(reaches(0.3, 0.1 + 0.2))
        True
    """
    return value >= band(bar, floor)[0]


def exceeds(value: Any, bar: Any, floor: float = FLOOR) -> Any:
    """Return whether value > bar and they are not ties; numbers or arrays.

    Example:
        >>> bool(exceeds(0.1 + 0.2, 0.3))
        False
    """
    return value > band(bar, floor)[1]


def first_largest(
    values: Float64[np.ndarray, "n k"], floor: float = FLOOR
) -> Int64[np.ndarray, " n"]:
    """Return each row's column with the largest value; of ties the first.

    Example:
        >>> first_largest(np.array([[0.3, 0.1 + 0.2, 0.1]])).tolist()
        [0]
    """
    best = values.max(axis=1, keepdims=True)
    found: Int64[np.ndarray, " n"] = reaches(values, best, floor).argmax(axis=1)
    return found


def largest(
    values: Float64[np.ndarray, "n m"], k: int, floor: float = FLOOR
) -> Int64[np.ndarray, "n k"]:
    """Return the columns of each row's k largest values, in the order of the columns.

    Of ties for the last places the first columns are taken.

    Example:
        >>> largest(np.array([[0.3, 0.9, 0.1 + 0.2]]), 2).tolist()
        [[0, 1]]
    """
    kth = np.partition(values, values.shape[1] - k, axis=1)[:, -k, None]
    sure = exceeds(values, kth, floor)
    tied = reaches(values, kth, floor) & ~sure
    taken = sure | (tied & (np.cumsum(tied, axis=1) <= k - sure.sum(axis=1, keepdims=True)))
    return np.nonzero(taken)[1].reshape(-1, k).astype(np.int64)
