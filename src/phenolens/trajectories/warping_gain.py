"""The gain of warping: does time warping find replicates better than equal times do?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

_ROUNDED = 1e-9


@dataclass(frozen=True, slots=True)
class Gain:
    """Leave-one-out nearest neighbours with and without warping.

    Attributes:
        warped: Share of curves whose nearest other curve is of the same treatment, by DTW.
        plain: The same by the distance at equal times.
        gain: The difference.
        low: Lower end of its 95 % interval, treatments drawn with replacement.
        high: Upper end.
        curves: Curves with a replicate, which count.
        says: What follows, in words.
    """

    warped: float
    plain: float
    gain: float
    low: float
    high: float
    curves: int
    says: str


def nearest_others(rows: Iterable[Float64[np.ndarray, " n"]]) -> Int64[np.ndarray, " n"]:
    """Return the nearest other curve of each; of equals (within rounding) the first, -1 for none.

    Args:
        rows: The distances of each curve to all, NaN where two cannot be compared.
    """
    near = []
    for i, row in enumerate(rows):
        far = np.where(np.isfinite(row), row, np.inf)
        far[i] = np.inf
        least = far.min()
        near.append(int((far <= least * (1 + _ROUNDED)).argmax()) if np.isfinite(least) else -1)
    return np.array(near, dtype=np.int64)


def found_again(
    rows: Iterable[Float64[np.ndarray, " n"]], same: Int64[np.ndarray, " n"]
) -> Bool[np.ndarray, " n"]:
    """Return whether the nearest other curve is of the same treatment.

    Args:
        rows: The distances of each curve to all.
        same: Treatment of each curve, by number.
    """
    near = nearest_others(rows)
    return np.asarray((near >= 0) & (same[near] == same))


def warping_gain(
    warped: Iterable[Float64[np.ndarray, " n"]],
    plain: Iterable[Float64[np.ndarray, " n"]],
    same: Int64[np.ndarray, " n"],
    seed: int,
) -> Gain:
    """Return what warping adds to finding the replicates of a treatment.

    Args:
        warped: Warped distances of each curve to all.
        plain: Those at equal times.
        same: Treatment of each curve, by number.
        seed: Of the interval.
    """
    queries = np.bincount(same)[same] > 1
    if not queries.any():
        nan = float("nan")
        return Gain(nan, nan, nan, nan, nan, 0, "no treatment has two curves, so it is not known")
    one, other = found_again(warped, same)[queries], found_again(plain, same)[queries]
    code = np.unique(same[queries], return_inverse=True)[1]
    off = np.bincount(code, one.astype(np.float64) - other)
    size = np.bincount(code)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(size), np.full(len(size), 1 / len(size)), size=1000)
    low, high = np.quantile((drawn @ off) / (drawn @ size), [0.025, 0.975])
    says = "warping adds nothing"
    if low > 0:
        says = "warping helps"
    elif high < 0:
        says = "warping harms"
    return Gain(
        warped=float(one.mean()),
        plain=float(other.mean()),
        gain=float(one.mean() - other.mean()),
        low=float(low),
        high=float(high),
        curves=int(queries.sum()),
        says=says,
    )
