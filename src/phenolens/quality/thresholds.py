"""Robust limits: what is far from the other images of a plate."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from phenolens.statistics.median import MAD_TO_SD, median_and_mad
from phenolens.statistics.ties import mean_ranks

_LEAST_GAP = np.log(2.0)  # between two groups of images, on a log scale
_GAP_IN_SD = 3.0
_SHARP_IMAGES, _SHARP_SHARE = 3, 0.1  # fewer above a gap are outliers, not a group
_LEAST_RHO = 0.5


def limits(values: Float64[np.ndarray, " n"], width: float) -> tuple[float, float]:
    """Return median - and + `width` median absolute deviations; missing values do not count.

    Args:
        values: Of the images of one plate and channel.
        width: In median absolute deviations as they are; times 1.4826 they are sd of a normal
            distribution.

    Example:
        >>> limits(np.array([1.0, 2.0, 3.0, 4.0, 100.0]), 2.0)
        (1.0, 5.0)
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return -np.inf, np.inf
    middle, mad = median_and_mad(known)
    return middle - width * mad, middle + width * mad


def far(
    values: Float64[np.ndarray, " n"], width: float, least: float = 0.0
) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Return which values are far below the others of their plate, and which are far above.

    Args:
        values: As `limits`.
        width: In sd of a normal distribution, by the median absolute deviation.
        least: What is nearer to the median than this is not far, however equal the others are.
    """
    low, high = limits(values, width * MAD_TO_SD)
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if len(known) else 0.0
    return values < min(low, middle - least), values > max(high, middle + least)


def below_gap(values: Float64[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Return which values are below a wide gap that separates two groups; none without one.

    Where most of a plate is out of focus, the median is out of focus too; two groups show it. A gap
    is wide where it is a factor of two, and three times the sd within the groups. At least three
    images and a tenth of the plate are above it: a few very sharp images say nothing of the others.

    Args:
        values: On a log scale.
    """
    known = np.sort(values[np.isfinite(values)])
    none = np.zeros(len(values), dtype=bool)
    last = len(known) - max(_SHARP_IMAGES, int(np.ceil(_SHARP_SHARE * len(known))))
    if last < 1:
        return none
    at = int(np.argmax(np.diff(known)[:last])) + 1
    low, high = known[:at], known[at:]
    gap = high[0] - low[-1]
    within = np.sqrt((low.var() * len(low) + high.var() * len(high)) / len(known))
    if gap < max(_LEAST_GAP, _GAP_IN_SD * within):
        return none
    return values < (low[-1] + high[0]) / 2


def direction(slopes: Float64[np.ndarray, " n"], sharp: Float64[np.ndarray, " n"]) -> int:
    """Return which way the slope of the power spectrum points among the images of a plate.

    1: sharper images have the flatter spectrum; -1: the steeper one (noise in dim fields); 0: the
    two do not agree (their rank correlation is below 0.5), and the slope says nothing of focus.
    """
    known = np.isfinite(slopes) & np.isfinite(sharp)
    if known.sum() < 4:
        return 0
    ranks = mean_ranks(np.stack([slopes[known], sharp[known]]))
    if not np.ptp(ranks, axis=1).all():
        return 0
    rho = float(np.corrcoef(ranks)[0, 1])
    return int(np.sign(rho)) if abs(rho) >= _LEAST_RHO else 0
