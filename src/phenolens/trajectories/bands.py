"""Bands: how far the mean curve of a treatment may move, replicates and controls drawn anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.trajectories.departures import Departures, placed
from phenolens.trajectories.distances import TimeDistance

_MOST_VALUES = 2**30  # of all draws together, 4 bytes each
_AT_ONCE = 2**22  # values whose quantiles are taken at a time


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
        members: The curves of each treatment, at least one.
        distance: Which.
        draws: Of the bootstrap.
        seed: Of the draws.

    Returns:
        The lower and the upper end, as distances; NaN at times that a treatment lacks.

    Raises:
        InputError: The draws of all treatments and times would need more than 4 GB.
    """
    times = len(made.times)
    if draws * len(members) * times > _MOST_VALUES:
        raise InputError(
            f"{draws} draws of {len(members)} treatments at {times} times are too many to keep",
            where="draws",
            fix=f"{max(_MOST_VALUES // (len(members) * times), 2)} or fewer, or fewer treatments",
        )
    matched, rng = made.matched, np.random.default_rng(seed)
    control = np.flatnonzero(matched.curves.control)
    groups = [control[matched.group[control] == g] for g in range(int(matched.group.max()) + 1)]
    curve = np.concatenate(members)
    size = np.array([len(rows) for rows in members])
    first = np.cumsum(size) - size
    drawn = np.empty((draws, len(members), times), dtype=np.float32)
    for b in range(draws):
        weight = np.zeros(len(matched.group))
        for own in groups:
            np.add.at(weight, rng.choice(own, len(own)), 1.0)
        far = matched.distances(features, distance, weight)
        root = np.sqrt(placed(matched.curves, far, made.place, times))
        pick = np.repeat(first, size) + rng.integers(np.repeat(size, size))
        drawn[b] = _mean_roots(root[curve[pick]], first) ** 2
    low, high = _quantiles(drawn, (0.025, 0.975))
    return low, high


def _mean_roots(
    root: Float64[np.ndarray, "k t"], first: Int64[np.ndarray, " g"]
) -> Float64[np.ndarray, "g t"]:
    """Return the means of stretches of rows; NaN where a stretch has no value."""
    known = np.isfinite(root)
    count = np.add.reduceat(known, first, axis=0, dtype=np.int64)
    total = np.add.reduceat(np.where(known, root, 0.0), first, axis=0)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def _quantiles(
    drawn: Float32[np.ndarray, "b g t"], shares: Sequence[float]
) -> Float64[np.ndarray, "s g t"]:
    """Return quantiles over the draws that have a value (interpolated, as NumPy's default)."""
    made = np.full((len(shares), *drawn.shape[1:]), np.nan)
    step = max(_AT_ONCE // (drawn.shape[0] * max(drawn.shape[2], 1)), 1)
    for begin in range(0, drawn.shape[1], step):
        part = slice(begin, begin + step)
        values = np.sort(drawn[:, part].astype(np.float64), axis=0)  # NaN last
        count = np.isfinite(values).sum(axis=0)
        for own, share in zip(made, shares, strict=True):
            place = share * np.maximum(count - 1, 0)
            below = np.floor(place).astype(np.int64)
            above = np.minimum(below + 1, np.maximum(count - 1, 0))
            low, high = (np.take_along_axis(values, at[None], axis=0)[0] for at in (below, above))
            own[part] = np.where(count > 0, low + (place - below) * (high - low), np.nan)
    return made
