"""Redraws: what the mean curves may be, given how few curves they were measured from.

A mean of k curves with spread s is known up to t s / sqrt(k), t of Student's distribution with
k - 1 degrees of freedom (the posterior of a normal mean and an unknown spread under Jeffreys'
prior; Gelman et al., Bayesian Data Analysis, 3rd ed., 3.2). The bootstrap of two or three curves
knows too little: it draws from three or ten different means, all between the curves. Whole curves
are redrawn: one redraw adds to the mean the curves' deviations from it in random proportions, so
that its values at all times belong together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from phenolens.effects.matched import Matched


@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """The mean of each group's controls: as measured, then of each redraw.

    Attributes:
        mean: (g, r, ...) NaN where a group has no control with a value.
        ratio: (r,) spread of the controls in each redraw, relative to the measured one.
        alone: (r, ...) by how much one curve like the controls differs from their mean; 0 where no
            group shows a spread.
        free: Degrees of freedom of the spread, pooled over groups.
    """

    mean: Float64[np.ndarray, "g r ..."]
    ratio: Float64[np.ndarray, " r"]
    alone: Float64[np.ndarray, "r ..."]
    free: int

    @classmethod
    def of(
        cls,
        values: Float64[np.ndarray, "n ..."],
        matched: Matched,
        redraws: int,
        seed: int,
        least: int = 2,
    ) -> Controls:
        """Draw the means of all groups; the spread is one, pooled over the groups.

        Args:
            values: Of each curve, in one unit; NaN where a curve has none.
            matched: Groups and controls.
            redraws: How many.
            seed: Of the redraws.
            least: Controls that a group needs to show a spread.
        """
        flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
        own = [flat[matched.controls(g)] for g in range(matched.groups)]
        means = np.stack([known_mean(one) for one in own])
        count = np.stack([np.isfinite(one).sum(axis=0) for one in own])
        away = [
            np.where(np.isfinite(one) & (n >= least), one - mean, 0.0)
            for one, mean, n in zip(own, means, count, strict=True)
        ]
        degrees = np.where(count >= least, count - 1, 0).sum(axis=0)
        free = int(degrees.max(initial=0))
        deviation = np.concatenate(away) / np.sqrt(np.maximum(degrees, 1))
        rng = np.random.default_rng([seed, len(deviation)])
        ratio = spreads(free, redraws, rng)
        drawn = np.zeros((matched.groups + 1, redraws + 1, flat.shape[1]))
        for one in drawn:  # a group at a time: all groups' proportions would be gigabytes
            one[1:] = ratio[1:, None] * (rng.normal(size=(redraws, len(deviation))) @ deviation)
        mean = means[:, None] + drawn[1:] / np.sqrt(np.maximum(count, 1))[:, None]
        shape = (redraws + 1, *values.shape[1:])
        return cls(mean.reshape(-1, *shape), ratio, drawn[0].reshape(shape), free)


def redrawn(
    values: Iterable[Float64[np.ndarray, "r ..."]], alone: Float64[np.ndarray, "r ..."], seed: int
) -> Float64[np.ndarray, "r ..."]:
    """Return the mean of the curves of one treatment: as measured, then of each redraw.

    Args:
        values: Of each curve in turn, against the measured controls and against each redraw of
            them; only one is held at a time.
        alone: By how much a curve differs that has no other of its treatment: `Controls.alone`, in
            the unit of the values.
        seed: Of the redraws.
    """
    measured, total, there = [], np.zeros(alone.shape), np.zeros(alone.shape)
    for one in values:
        measured.append(one[0].ravel().copy())  # a view would keep all of it
        finite = np.isfinite(one)
        total += np.where(finite, one, 0.0)
        there += finite
    curves, redraws = len(measured), len(alone) - 1
    first = np.stack(measured)
    known = np.isfinite(first)
    count = known.sum(axis=0)
    deviation = np.where(known, first - known_mean(first), 0.0)
    rng = np.random.default_rng([seed, curves])
    ratio = spreads(int(count.max(initial=0)) - 1, redraws, rng)
    normal = rng.normal(size=(redraws, curves))
    scale = np.sqrt(np.maximum(count * (count - 1), 1))
    own = np.zeros((redraws + 1, first.shape[1]))
    own[1:] = ratio[1:, None] * (normal @ deviation) / scale
    own = np.where(count > 1, own, alone.reshape(own.shape))
    mean = np.divide(total, there, out=np.full(total.shape, np.nan), where=there > 0)
    return mean + own.reshape(total.shape)


def known_mean(values: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, " c"]:
    """Return the mean over rows of the values that are there; NaN where none is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def spreads(free: int, redraws: int, rng: np.random.Generator) -> Float64[np.ndarray, " r"]:
    """Return the true spread over the measured one: 1 first, then drawn as chi-squared has it.

    Args:
        free: Degrees of freedom of the measured spread; below 1 it is not known: all are 1.
        redraws: How many.
        rng: What draws.
    """
    drawn = np.sqrt(free / rng.chisquare(free, redraws)) if free > 0 else np.ones(redraws)
    return np.concatenate([[1.0], drawn])
