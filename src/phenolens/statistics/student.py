"""The 95 % interval of a mean over few units, by Student's t."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from phenolens.statistics.units import unit_text

FEW = 20  # units: of fewer the bootstrap is too narrow, the more so the fewer
_NORMAL = 1.959963984540054


def student_interval(values: Float[np.ndarray, " n"], unit: pd.Series) -> tuple[float, float]:
    """Return the 95 % interval of a mean, the units taken as independent and about normal.

    Student's t (1908, Biometrika 6, 1-25) with one degree of freedom fewer than units, and the
    standard error of a mean over clusters (Cochran 1977, Sampling Techniques, equation 9A.77; of
    units of equal size that of their means). For few units, where the percentile bootstrap
    (`intervals.interval_of_mean`) is far too narrow: of two units it is their range, which misses
    the mean of normal values half of the time.

    Args:
        values: The rows whose mean it is; all finite.
        unit: What each row belongs to.

    Returns:
        (nan, nan) for fewer than two units.

    Example:
        >>> low, high = student_interval(np.array([1.0, 2, 3]), pd.Series(list("abc")))
        >>> round(low, 3), round(high, 3)
        (-0.484, 4.484)
    """
    code, labels = pd.factorize(unit_text(unit), sort=True)
    count = len(labels)
    if count < 2:
        return math.nan, math.nan
    # Summed in the order of their size, so that no order of rows changes the last bit.
    order = np.lexsort((values, code))
    total = np.bincount(code[order], values[order], count)
    size = np.bincount(code, minlength=count)
    mean = float(total.sum() / size.sum())
    squares = float(((total - mean * size) ** 2).sum())
    error = math.sqrt(count / (count - 1) * squares) / int(size.sum())
    half = float(stats.t.ppf(0.975, count - 1)) * error
    return mean - half, mean + half


def half_width(units: int) -> float:
    """Return the half width of a 95 % interval of so many units, in standard errors.

    Of few units Student's t, of more the normal quantile, as the bootstrap has it.

    Args:
        units: Two or more.

    Example:
        >>> round(half_width(4), 3), round(half_width(40), 3)
        (3.182, 1.96)
    """
    return float(stats.t.ppf(0.975, units - 1)) if units < FEW else _NORMAL
