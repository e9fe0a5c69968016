"""The median and the spread around it, as figures over rows are given."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

# The MAD of a normal distribution times this is its sd: 1 / Phi^-1(3/4), as rounded by the field.
MAD_TO_SD = 1.4826


def median_and_mad(values: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """Return the median and the median absolute deviation from it (not rescaled to a sigma).

    Values that are not numbers do not count; of none at all: (nan, nan).

    Example:
        >>> median_and_mad(np.array([1.0, 2, 3, 4, 10]))
        (3.0, 1.0)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    middle = float(np.median(known))
    return middle, float(np.median(np.abs(known - middle)))
