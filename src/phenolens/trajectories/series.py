"""Series: curves as arrays, each variable in its sd, for time warping and for equal times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.core.profiles import Profiles
from phenolens.trajectories.curves import Curves
from phenolens.trajectories.nearest_time import grid_of

Series = Float64[np.ndarray, "_ d"]


def scaled_series(
    profiles: Profiles, curves: Curves, chosen: Int64[np.ndarray, " k"]
) -> list[Series]:
    """Return some curves as arrays, each variable divided by its sd over all their rows.

    A variable that is constant there is left as it is: it adds nothing to a distance.

    Args:
        profiles: The long-form table.
        curves: Its curves; rows with a missing feature are in none.
        chosen: Curves, by number: those of one run.
    """
    slices = list(curves)
    rows = [profiles.features[curves.order[slices[c]]].astype(np.float64) for c in chosen]
    sd = np.concatenate(rows).std(axis=0) if rows else np.ones(profiles.features.shape[1])
    return [one / np.where(sd > 0, sd, 1.0) for one in rows]


def on_grid(
    curves: Curves, chosen: Int64[np.ndarray, " k"], series: Sequence[Series]
) -> Float64[np.ndarray, "k t d"]:
    """Return curves at common times; NaN where a curve has no frame near a time.

    Args:
        curves: The curves of a table.
        chosen: Which of them, by number.
        series: Their values, one array per chosen curve.
    """
    half = curves.spacing() / 2
    times, place = grid_of(curves.hours, curves.curve, half if np.isfinite(half) else 0.0)
    slices = list(curves)
    made = np.full((len(chosen), len(times), series[0].shape[1]), np.nan)
    for row, (c, one) in enumerate(zip(chosen, series, strict=True)):
        made[row, place[slices[c]]] = one
    return made


def equal_time_rows(values: Float64[np.ndarray, "k t d"]) -> Iterator[Float64[np.ndarray, " k"]]:
    """Yield the distances of each curve to all, without warping: at equal times.

    The mean euclidean distance over the times that both have, times the number of times, so that
    it compares with the sum along a path. NaN: they have no time in common.
    """
    for one in values:
        far = np.sqrt(((values - one) ** 2).sum(axis=2))
        known = np.isfinite(far)
        count = known.sum(axis=1)
        total = np.where(known, far, 0.0).sum(axis=1) * values.shape[1]
        yield np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
