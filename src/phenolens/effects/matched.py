"""Curves matched with the controls of their group, and redraws of both."""

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


def draws(n: int, redraws: int, seed: int) -> Int64[np.ndarray, "r n"]:
    """Return rows of n indices: first all of them once, then drawn with replacement.

    They depend on n and the seed alone, so that no order of treatments changes them.

    Args:
        n: Curves.
        redraws: Rows after the first.
        seed: Of the draws.
    """
    rng = np.random.default_rng([seed, n])
    drawn = rng.integers(0, max(n, 1), (redraws, n))
    return np.concatenate([np.arange(n)[None], drawn]).astype(np.int64)


def drawn_means(
    values: Float64[np.ndarray, "n ..."], redraws: int, seed: int
) -> Float64[np.ndarray, "r ..."]:
    """Return the mean of some curves, and of each redraw of them; NaN where none has a value.

    A redraw that drew no curve with a value at a time has the mean of all there.
    """
    flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
    index = draws(len(flat), redraws, seed)
    count = np.zeros((len(index), flat.shape[1]))
    total = np.zeros_like(count)
    for column in range(index.shape[1]):
        one = flat[index[:, column]]
        known = np.isfinite(one)
        count += known
        total += np.where(known, one, 0.0)
    made = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    made = np.where(np.isfinite(made), made, made[:1])
    return made.reshape(len(index), *values.shape[1:])


def pooled_variance(
    values: Float64[np.ndarray, "n ..."], matched: Matched
) -> tuple[Float64[np.ndarray, ...], int]:
    """Return the variance of controls around their group's mean, and its degrees of freedom.

    NaN where no group has two controls with a value. The degrees are the largest over the times.
    """
    squares = np.zeros(values.shape[1:])
    free = np.zeros(values.shape[1:], dtype=np.int64)
    for group in range(matched.groups):
        own = values[matched.controls(group)]
        known = np.isfinite(own)
        count = known.sum(axis=0)
        mean = np.where(known, own, 0.0).sum(axis=0) / np.maximum(count, 1)
        squares += np.where(known, (own - mean) ** 2, 0.0).sum(axis=0)
        free += np.maximum(count - 1, 0)
    variance = np.where(free > 0, squares / np.maximum(free, 1), np.nan)
    return variance, int(free.max(initial=0))
