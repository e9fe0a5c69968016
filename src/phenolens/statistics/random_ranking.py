"""What average precision gives by chance: rankings in random order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float64, Int64, Integer

from phenolens.statistics.ties import band


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """Average precisions of random rankings with m positives among `total`.

    Attributes:
        values: One an order: drawn, or every one of the C(total, m) orders.
        exact: Whether they are all orders there are.
    """

    values: Float64[np.ndarray, " s"]
    exact: bool

    @classmethod
    def of(cls, m: int, total: int, size: int, seed: int) -> Chance:
        """Return every order where there are at most `size`, else `size` drawn ones.

        The draws depend on m, total and the seed alone, not on other groups.
        """
        if math.comb(total, m) <= size:
            every = np.array(list(combinations(range(1, total + 1), m)))
            return cls(average_precision_of(every), exact=True)
        rng = np.random.default_rng([seed, m, total])
        return cls(_drawn(m, total, size, rng), exact=False)

    def draw(self, size: int, rng: np.random.Generator) -> Float64[np.ndarray, " size"]:
        """Return `size` of the values: the drawn ones as they are, or picks among all orders."""
        if not self.exact and len(self.values) == size:
            return self.values
        return self.values[rng.integers(0, len(self.values), size)]

    def p(self, value: Float64[np.ndarray, " g"]) -> Float64[np.ndarray, " g"]:
        """Return the probability of values at least as high.

        Exact where all orders are known; else (1 + count) / (1 + draws).
        """
        line = np.sort(self.values)
        reached = len(line) - np.searchsorted(line, band(value)[0])
        if self.exact:
            return np.maximum(reached, 1) / len(line)
        return (1 + reached) / (1 + len(line))


def average_precision_of(places: Integer[np.ndarray, "s m"]) -> Float64[np.ndarray, " s"]:
    """Return the average precision of rankings whose positives are at these places, from 1."""
    m = places.shape[1]
    return (np.arange(1, m + 1) / places).mean(axis=1)


def expected(
    m: Int64[np.ndarray, " q"], total: Int64[np.ndarray, " q"]
) -> Float64[np.ndarray, " q"]:
    """Return the mean average precision of random rankings, exactly.

    E = ((m - 1) / (L - 1) (L - H_L) + H_L) / L with the harmonic number H_L of L = total
    (Bestgen 2015; as copairs has it in its normalization).

    Args:
        m: Positives, at least 1.
        total: Positives and negatives.
    """
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, total.max(initial=1) + 1))])[total]
    return ((m - 1) / np.maximum(total - 1, 1) * (total - harmonic) + harmonic) / total


def _drawn(m: int, total: int, size: int, rng: np.random.Generator) -> Float64[np.ndarray, " size"]:
    """Return average precisions of random orders."""
    if m * m > 4 * total:
        return _walked(m, total, size, rng)
    places = np.sort(rng.integers(1, total + 1, (size, m)), axis=1)
    while True:  # places drawn one by one may fall together: those draws are drawn again
        again = np.flatnonzero((np.diff(places, axis=1) == 0).any(axis=1))
        if not len(again):
            return average_precision_of(places)
        places[again] = np.sort(rng.integers(1, total + 1, (len(again), m)), axis=1)


def _walked(
    m: int, total: int, size: int, rng: np.random.Generator
) -> Float64[np.ndarray, " size"]:
    """Return average precisions of random orders, all walked down place by place.

    The next place holds a positive with probability (positives left) / (places left).
    """
    found = np.zeros(size, dtype=np.int64)
    summed = np.zeros(size)
    for place in range(1, total + 1):
        hit = rng.random(size) * (total - place + 1) < m - found
        found += hit
        summed += hit * (found / place)
    return summed / m
