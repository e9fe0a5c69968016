"""Holm's correction: many p values, and the chance of even one false finding held at its level."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def holm(p: Float64[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    """Return p values corrected over all of them, in the order given.

    The step-down procedure of Holm 1979 (Scandinavian Journal of Statistics 6, 65-70): the k-th
    smallest of m values is multiplied by m - k + 1, none falls below a smaller one's, and none
    exceeds 1. A value that is not defined (NaN) stays so, and is not counted.

    Args:
        p: The values of one family of comparisons.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    made = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    times = np.arange(len(order), 0, -1)
    made[order] = np.minimum(np.maximum.accumulate(p[order] * times), 1.0)
    return made
