"""Shares: how much of a call each stain carries, by maps that keep channels apart."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from jaxtyping import Float64

_RESAMPLES = 1000


def channel_shares(
    sums: Float64[np.ndarray, "n c"], wells: np.ndarray, seed: int
) -> Float64[np.ndarray, "c 3"]:
    """Return of each channel the share of the whole, and its 95 % interval over wells.

    The sum over images of what a channel adds, over the sum of all channels: shares add up to 1,
    one can be below 0 (it speaks against the call). NaN where the whole is not above 0, or its own
    interval includes 0: shares of next to nothing say nothing. One well has no interval.

    Args:
        sums: What each channel adds to the score of each image.
        wells: Of each image; drawn with replacement (percentile bootstrap).
        seed: Of the draws.
    """
    code, names = pd.factorize(wells)
    by_well = np.stack([np.bincount(code, part, len(names)) for part in sums.T], axis=1)
    made = np.full((sums.shape[1], 3), math.nan)
    if by_well.sum() <= 0:
        return made
    whole = by_well.sum(axis=0)
    if len(names) > 1:
        rng = np.random.default_rng(seed)
        drawn = by_well[rng.integers(len(names), size=(_RESAMPLES, len(names)))].sum(axis=1)
        total = drawn.sum(axis=1, keepdims=True)
        if np.quantile(total, 0.025) <= 0:
            return made
        drawn, total = drawn[total[:, 0] > 0], total[total[:, 0] > 0]
        made[:, 1:] = np.quantile(drawn / total, [0.025, 0.975], axis=0).T
    made[:, 0] = whole / whole.sum()
    return made
