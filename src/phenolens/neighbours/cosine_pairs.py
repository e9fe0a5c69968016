"""Cosine similarities of pairs, and the distribution over all pairs that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer

from phenolens.statistics.ties import band, rounding

MOST_ENTITIES = 4000  # of which all pairs are held: 128 MB
DRAWN_PAIRS = 5_000_000
_BLOCK = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class AllPairs:
    """Entities on the unit sphere.

    Attributes:
        unit: (n, d) each of length 1.
        table: (n, n) all cosines, where they are few enough.
        null: (m,) cosines of all pairs of two entities (of more than `MOST_ENTITIES`: of
            `DRAWN_PAIRS` drawn ones), sorted.
    """

    unit: Float64[np.ndarray, "n d"]
    table: Float64[np.ndarray, "n n"] | None
    null: Float64[np.ndarray, " m"]

    @classmethod
    def of(cls, x: Float64[np.ndarray, "n d"], seed: int) -> AllPairs:
        """Return the pairs of these rows, none of which is zero."""
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        n = len(unit)
        if n <= MOST_ENTITIES:
            table = unit @ unit.T
            return cls(unit, table, np.sort(table[np.triu_indices(n, 1)]))
        rng = np.random.default_rng(seed)
        left = rng.integers(0, n, DRAWN_PAIRS)
        right = (left + rng.integers(1, n, DRAWN_PAIRS)) % n  # never itself
        return cls(unit, None, np.sort(_cosines(unit, left, right)))

    def cosine(
        self, left: Integer[np.ndarray, " p"], right: Integer[np.ndarray, " p"]
    ) -> Float64[np.ndarray, " p"]:
        """Return the cosine of each pair."""
        left, right = np.minimum(left, right), np.maximum(left, right)
        if self.table is not None:
            found: Float64[np.ndarray, " p"] = self.table[left, right]
            return found
        return _cosines(self.unit, left, right)

    def percentile(self, cosine: Float64[np.ndarray, " p"]) -> Float64[np.ndarray, " p"]:
        """Return the share of the null below each value, ties counting half."""
        below, through = self._places(cosine)
        return (below + through) / (2 * len(self.null))

    def tails(
        self, cosine: Float64[np.ndarray, " p"], low: float, high: float
    ) -> tuple[Bool[np.ndarray, " p"], Bool[np.ndarray, " p"]]:
        """Return which values are in the lower and in the upper tail.

        Lower: at most the share `low` of the null is as small. Upper: at least `high` is smaller.
        """
        below, through = self._places(cosine)
        return through / len(self.null) <= low, below / len(self.null) >= high

    def _places(
        self, cosine: Float64[np.ndarray, " p"]
    ) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
        """Return how many of the null are below each value, and how many below or ties."""
        low, high = band(cosine, rounding(self.unit.shape[1]))
        return np.searchsorted(self.null, low), np.searchsorted(self.null, high, side="right")


def _cosines(
    unit: Float64[np.ndarray, "n d"],
    left: Int64[np.ndarray, " p"],
    right: Int64[np.ndarray, " p"],
) -> Float64[np.ndarray, " p"]:
    """Return the cosines of pairs, in blocks."""
    left, right = np.minimum(left, right), np.maximum(left, right)
    found = np.empty(len(left))
    for i in range(0, len(left), _BLOCK):
        rows = slice(i, i + _BLOCK)
        found[rows] = np.einsum("ij,ij->i", unit[left[rows]], unit[right[rows]])
    return found
