"""95 % intervals: of a proportion, and of a mean over rows that are not independent."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from jaxtyping import Float

from phenolens.statistics.units import unit_text


def interval_of_mean(
    values: Float[np.ndarray, " n"], unit: pd.Series, *, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of a mean, whole units drawn with replacement.

    The percentile bootstrap of Efron & Tibshirani 1993 (section 13.3), over clusters. It does not
    depend on the order of the rows. Fewer than two units: (nan, nan), since nothing can vary.

    Args:
        values: The rows whose mean it is; all finite.
        unit: What each row is drawn with (its compound).
        resamples: Draws.
        seed: Of the draws.

    Example:
        >>> low, high = interval_of_mean(np.array([0.0, 1, 1, 0]), pd.Series(list("abcd")))
        >>> low <= 0.5 <= high
        True
    """
    code, labels = pd.factorize(unit_text(unit), sort=True)
    if len(labels) < 2:
        return math.nan, math.nan
    # Summed in the order of their size, so that no order of rows changes the last bit.
    order = np.lexsort((values, code))
    total = np.bincount(code[order], values[order], len(labels))
    size = np.bincount(code, minlength=len(labels))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(labels), np.full(len(labels), 1 / len(labels)), size=resamples)
    low, high = np.quantile((drawn @ total) / (drawn @ size), [0.025, 0.975])
    return float(low), float(high)


def wilson(hits: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a proportion (Wilson 1927; z is the normal quantile).

    Example:
        >>> [round(x, 3) for x in wilson(101, 103)]
        [0.932, 0.995]
    """
    if n == 0:
        return math.nan, math.nan
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
