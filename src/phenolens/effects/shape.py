"""The shape of a trajectory: when it departs, how far it goes, whether it levels off or falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.effects.thresholds import RULES

_MOST_TIMES = 200  # of tau: it takes all pairs of times


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Features of some curves, one entry each, in standard deviations between control curves.

    Attributes:
        departure: Hours from the drug until the curve leaves the band for good; NaN if it does not.
        early: Whether that is in the first part of the time (`RULES.early`).
        peak: Highest value after the departure; 0 without one.
        fall: Share of the peak that is lost at the end (mean of the last times).
        dropped: The same, in standard deviations.
        rise: Kendall's tau of value and time from the departure on: 1 is a monotone rise.
        level: Slope of the last third of that time relative to its mean slope.
    """

    departure: Float64[np.ndarray, " n"]
    early: Bool[np.ndarray, " n"]
    peak: Float64[np.ndarray, " n"]
    fall: Float64[np.ndarray, " n"]
    dropped: Float64[np.ndarray, " n"]
    rise: Float64[np.ndarray, " n"]
    level: Float64[np.ndarray, " n"]


def shape_of(
    time: Float64[np.ndarray, " t"], height: Float64[np.ndarray, "n t"], band: float
) -> Shape:
    """Return the shapes of curves of one set of times.

    Each value is first replaced by the median of itself and its two neighbours, so that one time
    alone makes no departure and no peak.

    Args:
        time: Hours after the drug, rising.
        height: Above the controls' mean, in standard deviations between control curves.
        band: Half width of the control band.
    """
    smooth = _median_of_three(height)
    start = _departures(smooth, band)
    left = start >= 0
    after = (np.arange(len(time)) >= start[:, None]) & left[:, None]
    span = max(float(time[-1]), 1e-300)
    departure = np.where(left, time[np.maximum(start, 0)], np.nan)
    peak = np.where(after, smooth, 0.0).max(axis=1)
    final = np.median(smooth[:, -RULES.times :], axis=1)
    dropped = np.where(left, peak - final, 0.0)
    return Shape(
        departure=departure,
        early=left & (np.nan_to_num(departure, nan=np.inf) <= RULES.early * span),
        peak=peak,
        fall=np.divide(dropped, peak, out=np.zeros_like(peak), where=peak > 0),
        dropped=dropped,
        rise=_taus(smooth, after),
        level=_levels(time, smooth, start),
    )


def _median_of_three(height: Float64[np.ndarray, "n t"]) -> Float64[np.ndarray, "n t"]:
    """Return the running median; the two ends stay as they are."""
    made = height.copy()
    if height.shape[1] > 2:
        three = np.stack([height[:, :-2], height[:, 1:-1], height[:, 2:]])
        made[:, 1:-1] = np.median(three, axis=0)
    return made


def _departures(smooth: Float64[np.ndarray, "n t"], band: float) -> Int64[np.ndarray, " n"]:
    """Return the first of `RULES.times` times in a row above the band; -1 where there is none."""
    outside = smooth > band
    row = np.ones((len(smooth), max(outside.shape[1] - RULES.times + 1, 0)), dtype=bool)
    for k in range(RULES.times):
        row &= outside[:, k : k + row.shape[1]]
    return np.where(row.any(axis=1), row.argmax(axis=1) if row.shape[1] else 0, -1)


def _taus(
    smooth: Float64[np.ndarray, "n t"], after: Bool[np.ndarray, "n t"]
) -> Float64[np.ndarray, " n"]:
    """Return Kendall's tau-a of value and time over the times that count (200 of them at most)."""
    if smooth.shape[1] > _MOST_TIMES:
        kept = np.linspace(0, smooth.shape[1] - 1, _MOST_TIMES).round().astype(np.int64)
        smooth, after = smooth[:, kept], after[:, kept]
    made, pairs = np.zeros(len(smooth)), np.zeros(len(smooth))
    for k in range(1, smooth.shape[1]):
        both = after[:, k:] & after[:, :-k]
        made += np.where(both, np.sign(smooth[:, k:] - smooth[:, :-k]), 0.0).sum(axis=1)
        pairs += both.sum(axis=1)
    return np.divide(made, pairs, out=np.zeros_like(made), where=pairs > 0)


def _levels(
    time: Float64[np.ndarray, " t"],
    smooth: Float64[np.ndarray, "n t"],
    start: Int64[np.ndarray, " n"],
) -> Float64[np.ndarray, " n"]:
    """Return the last third's slope over the mean slope since the curve was last at 0.

    The mean slope begins one time before the departure, where the curve was still inside.
    """
    made = np.ones(len(smooth))
    for one in np.unique(start[start >= 0]).tolist():
        rows = np.flatnonzero(start == one)
        first = max(one - 1, 0)
        third = max((len(time) - first) // 3, RULES.times)
        late = slice(max(len(time) - third, first), len(time))
        mean = (smooth[rows, -1] - smooth[rows, first]) / max(float(time[-1] - time[first]), 1e-300)
        off = time[late] - time[late].mean()
        slope = smooth[rows, late] @ off / max(float(off @ off), 1e-300)
        made[rows] = np.where(mean > 0, slope / np.where(mean > 0, mean, 1.0), 0.0)
    return made
