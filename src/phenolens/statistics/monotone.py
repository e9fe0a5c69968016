"""Does a response rise with the dose: Somers' D, and the exact test of Jonckheere and Terpstra."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
from jaxtyping import Float64, Int64, Shaped
from scipy.stats import norm

from phenolens.statistics.ties import FLOOR, levels

_EXACT = 60  # rows up to which every arrangement is counted
_CELLS = 2**21  # counts held at a time


def rising(
    dose: Float64[np.ndarray, " n"], value: Float64[np.ndarray, " n"]
) -> tuple[float, float]:
    """Return Somers' D of the response on the dose, and the one-sided p of its rising.

    D = (concordant - discordant) / pairs of unlike dose: 1 where every row of a higher dose
    responds more, 0 without a trend (without replicates it is Kendall's tau). The p-value is
    Jonckheere's 1954 test for ordered alternatives: up to 60 rows without ties in the response
    the share of all arrangements of the responses that reach the statistic, counted exactly;
    else by the normal approximation with ties (Hollander & Wolfe 1999, 6.19).

    Args:
        dose: Of each row, in any unit.
        value: The response.

    Example:
        >>> rising(np.array([1.0, 1, 2, 4]), np.array([0.0, 1, 2, 3]))  # 1 of 12 arrangements
        (1.0, 0.08333333333333333)
    """
    value = _ranks(value)
    size = np.unique(dose, return_counts=True)[1]
    pairs = _pairs(size)
    s = _statistic(dose, value[None])[0]
    if pairs == 0:
        return 0.0, 1.0
    ties = np.unique(value, return_counts=True)[1]
    if ties.max() == 1 and len(dose) <= _EXACT:
        share = _upper_tail(tuple(sorted(size.tolist())))
        return float(s / pairs), float(share[round((s + pairs) / 2)])
    spread = np.sqrt(_variance(size, ties))
    p = float(norm.sf(s / 2 / spread)) if spread > 0 else 1.0
    return float(s / pairs), p


def shuffled_trends(
    dose: Float64[np.ndarray, " n"],
    value: Float64[np.ndarray, " n"],
    permutations: int,
    rng: np.random.Generator,
) -> Float64[np.ndarray, " p"]:
    """Return Somers' D with the responses shuffled between the doses."""
    rank, step = _ranks(value), max(_CELLS // max(len(value), 1), 1)
    drawn = [
        _statistic(dose, rng.permuted(np.tile(rank, (many, 1)), axis=1))
        for many in (min(step, permutations - begin) for begin in range(0, permutations, step))
    ]
    pairs = max(_pairs(np.unique(dose, return_counts=True)[1]), 1)
    return np.concatenate([np.zeros(0), *drawn]) / pairs


def _ranks(value: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Return the ranks of the responses; those that differ by rounding are ties."""
    size = float(np.abs(value).max(initial=0.0))
    return levels(value, FLOOR * size).astype(np.float64)


def _pairs(size: Int64[np.ndarray, " g"]) -> int:
    """Return how many pairs of rows differ in dose."""
    return int((size.sum() ** 2 - (size**2).sum()) // 2)


def _statistic(
    dose: Float64[np.ndarray, " n"], rank: Float64[np.ndarray, "p n"]
) -> Shaped[np.ndarray, " p"]:
    """Return concordant less discordant pairs, of each row of ranks (whole numbers from 0 on).

    From counts by dose and rank, so that the work grows with rows times doses, not with pairs.
    """
    code = np.unique(dose, return_inverse=True)[1]
    level = rank.astype(np.int64)
    doses, ranks = int(code.max(initial=-1)) + 1, int(level.max(initial=-1)) + 1
    total = np.zeros(len(level), dtype=np.int64)
    step = max(_CELLS // max(doses * ranks, 1), 1)
    for begin in range(0, len(level), step):
        part = level[begin : begin + step]
        cell = (np.arange(len(part))[:, None] * doses + code) * ranks + part
        count = np.bincount(cell.ravel(), minlength=len(part) * doses * ranks)
        count = count.reshape(len(part), doses, ranks)
        lower = np.cumsum(count, axis=1) - count  # at lower doses
        upto = np.cumsum(lower, axis=2)
        below, above = upto - lower, upto[:, :, -1:] - upto
        total[begin : begin + step] = (count * (below - above)).sum(axis=(1, 2))
    return total


@lru_cache(maxsize=256)
def _upper_tail(size: tuple[int, ...]) -> Float64[np.ndarray, " j"]:
    """Return P(J >= j) of Jonckheere's statistic J (concordant pairs) for groups of these sizes.

    The counts of arrangements are the coefficients of the q-multinomial [N]! / prod [n_i]!, in
    whole numbers (Mann & Whitney 1947 for two groups).
    """
    count = np.zeros(_pairs(np.array(size)) + 1, dtype=object)
    count[0] = 1
    before = 0
    for n in size:
        for j in range(1, n + 1):
            count[before + j :] -= count[: max(len(count) - before - j, 0)].copy()
            for start in range(j):  # divided by 1 - q^j
                count[start::j] = np.cumsum(count[start::j])
        before += n
    reached = np.cumsum(count[::-1])[::-1]
    return np.array([int(c) / int(reached[0]) for c in reached])


def _variance(size: Int64[np.ndarray, " g"], ties: Int64[np.ndarray, " t"]) -> float:
    """Return the variance of J where groups and responses hold ties.

    It is computed in fractions: where all responses are one it is 0, and no rounding is below.
    """
    n = int(size.sum())

    def first(k: Int64[np.ndarray, " m"]) -> int:
        return int((k * (k - 1) * (2 * k + 5)).sum())

    def second(k: Int64[np.ndarray, " m"]) -> int:
        return int((k * (k - 1) * (k - 2)).sum())

    def third(k: Int64[np.ndarray, " m"]) -> int:
        return int((k * (k - 1)).sum())

    one = Fraction(n * (n - 1) * (2 * n + 5) - first(size) - first(ties), 72)
    thrice = 36 * n * (n - 1) * (n - 2)
    two = Fraction(second(size) * second(ties), thrice) if n > 2 else Fraction(0)
    return float(one + two + Fraction(third(size) * third(ties), 8 * n * (n - 1)))
