"""Bands: how far the mean curve of a treatment may move, replicates and controls drawn anew."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64, Int64

from phenolens.trajectories.departures import Departures, placed
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.noise import mean_root


def bootstrap_bands(
    features: Float32[np.ndarray, "n d"],
    made: Departures,
    members: Sequence[Int64[np.ndarray, " _"]],
    distance: TimeDistance,
    draws: int,
    seed: int,
) -> tuple[Float64[np.ndarray, "g t"], Float64[np.ndarray, "g t"]]:
    """Return the 95 % band of each treatment's mean distance (percentile bootstrap).

    In each draw the control curves of each group are drawn with replacement, all distances are
    computed to their new mean, and the replicate curves of each treatment are drawn with
    replacement. Curves are drawn, never single times.

    Args:
        features: Of the long-form table.
        made: Its departures.
        members: The curves of each treatment.
        distance: Which.
        draws: Of the bootstrap.
        seed: Of the draws.

    Returns:
        The lower and the upper end, as distances; NaN at times that a treatment lacks.
    """
    matched, rng = made.matched, np.random.default_rng(seed)
    control = np.flatnonzero(matched.curves.control)
    groups = [control[matched.group[control] == g] for g in range(int(matched.group.max()) + 1)]
    drawn = np.empty((draws, len(members), len(made.times)), dtype=np.float32)
    for b in range(draws):
        weight = np.zeros(len(matched.group))
        for own in groups:
            np.add.at(weight, rng.choice(own, len(own)), 1.0)
        values = placed(matched.curves, matched.distances(features, distance, weight), made.times)
        for k, rows in enumerate(members):
            drawn[b, k] = mean_root(values[rng.choice(rows, len(rows))]) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a time that a treatment lacks
        low, high = np.nanquantile(drawn.astype(np.float64), [0.025, 0.975], axis=0)
    return low, high
