"""Reversal: do the means of the doses fall somewhere, by more than chance."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64
from scipy.stats import rankdata

from phenolens.statistics.ties import FLOOR, levels, reaches

_VALUES = 2**21  # shuffled at a time


def reversal(
    dose: Float64[np.ndarray, " n"],
    far: Float64[np.ndarray, " n"],
    permutations: int,
    rng: np.random.Generator,
    most: int = 0,
) -> float:
    """Return the p of the hypothesis that the departure never falls as the dose rises.

    The statistic is the weighted sum of squares between the mean ranks of the doses and their
    isotonic regression (the test of order restrictions of Robertson, Wright & Dykstra 1988, chapter
    2, on ranks), the null all curves shuffled between the doses: equal doses are the least
    favourable case of the hypothesis, so the p is not too small.

    Args:
        dose: Of each curve.
        far: Its departure.
        permutations: Shuffles.
        rng: Shuffles the curves.
        most: Shuffles, drawn anew, where the first have none as far from any order: for a p
            that is small enough among many compounds. Such a p is not too small either: both have
            to be small.

    Example:
        >>> dose, rng = np.repeat([1.0, 2, 3], 8), np.random.default_rng(0)
        >>> reversal(dose, dose, 99, rng), reversal(dose, -dose, 99, rng)
        (1.0, 0.01)
    """
    code = np.unique(dose, return_inverse=True)[1].astype(np.int64)
    rank = rankdata(levels(far, FLOOR * float(np.abs(far).max(initial=0.0))))
    off = float(_off(code, rank[None])[0])
    reached = _reached(code, rank, off, permutations, rng)
    if reached == 0 and most > permutations:
        permutations, reached = most, _reached(code, rank, off, most, rng)
    return (1 + reached) / (1 + permutations)


def _reached(
    code: Int64[np.ndarray, " n"],
    rank: Float64[np.ndarray, " n"],
    off: float,
    permutations: int,
    rng: np.random.Generator,
) -> int:
    """Return how many shuffles are as far from any order."""
    reached, step = 0, max(_VALUES // len(rank), 1)
    for begin in range(0, permutations, step):
        many = min(step, permutations - begin)
        drawn = _off(code, rng.permuted(np.tile(rank, (many, 1)), axis=1))
        reached += int(np.count_nonzero(reaches(drawn, off)))
    return reached


def _off(
    code: Int64[np.ndarray, " n"], rank: Float64[np.ndarray, "p n"]
) -> Float64[np.ndarray, " p"]:
    """Return how far the mean ranks are from any that never fall, for each row of ranks."""
    size = np.bincount(code)
    member = np.zeros((len(code), len(size)))
    member[np.arange(len(code)), code] = 1.0
    total = rank @ member
    off = total / size - isotonic(total, size.astype(np.float64))
    return np.asarray((size * off**2).sum(axis=1))


def isotonic(
    total: Float64[np.ndarray, "p g"], size: Float64[np.ndarray, " g"]
) -> Float64[np.ndarray, "p g"]:
    """Return the isotonic regression of group means, for each row of sums.

    By the max-min formula (Robertson, Wright & Dykstra 1988, theorem 1.4.4): the largest over
    earlier beginnings of the smallest over later ends of the mean of a stretch of groups.

    Args:
        total: Sum of each group, in the order of doses.
        size: Rows of each group.

    Example:
        >>> isotonic(np.array([[1.0, 4, 2]]), np.ones(3)).tolist()
        [[1.0, 3.0, 3.0]]
    """
    groups = len(size)
    before = np.concatenate([np.zeros((len(total), 1)), np.cumsum(total, axis=1)], axis=1)
    count = np.concatenate([[0.0], np.cumsum(size)])
    made = np.full(total.shape, -np.inf)
    for begin in range(groups):
        mean = (before[:, begin + 1 :] - before[:, [begin]]) / (count[begin + 1 :] - count[begin])
        least = np.minimum.accumulate(mean[:, ::-1], axis=1)[:, ::-1]  # from each end on
        made[:, begin:] = np.maximum(made[:, begin:], least)
    return made
