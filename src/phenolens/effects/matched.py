"""Curves matched with the controls of their group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Which curves are one treatment, and which controls each is compared with.

    Attributes:
        treatment: Number of each curve's treatment, -1 for controls.
        group: Number of the group that it shares with its controls.
        names: Number of treatments.
        groups: Number of groups.
    """

    treatment: Int64[np.ndarray, " n"]
    group: Int64[np.ndarray, " n"]
    names: int
    groups: int

    @property
    def control(self) -> Bool[np.ndarray, " n"]:
        """Which curves are controls."""
        return self.treatment < 0

    def curves(self, treatment: int) -> Int64[np.ndarray, " k"]:
        """Return the curves of a treatment."""
        return np.flatnonzero(self.treatment == treatment)

    def take(self, order: Int64[np.ndarray, " n"]) -> Matched:
        """Return the same curves in another order."""
        return Matched(self.treatment[order], self.group[order], self.names, self.groups)

    def controls(self, group: int) -> Int64[np.ndarray, " k"]:
        """Return the controls of a group."""
        return np.flatnonzero(self.control & (self.group == group))


def pooled_variance(
    values: Float64[np.ndarray, "n ..."], matched: Matched, least: int = 2
) -> tuple[Float64[np.ndarray, ...], int]:
    """Return the variance of controls around their group's mean, and its degrees of freedom.

    NaN where no group has `least` controls with a value. The degrees are the largest over the
    times.
    """
    squares = np.zeros(values.shape[1:])
    free = np.zeros(values.shape[1:], dtype=np.int64)
    for group in range(matched.groups):
        own = values[matched.controls(group)]
        known = np.isfinite(own)
        count = known.sum(axis=0)
        mean = np.where(known, own, 0.0).sum(axis=0) / np.maximum(count, 1)
        enough = count >= least
        squares += np.where(known & enough, (own - mean) ** 2, 0.0).sum(axis=0)
        free += np.where(enough, count - 1, 0)
    variance = np.where(free > 0, squares / np.maximum(free, 1), np.nan)
    return variance, int(free.max(initial=0))
