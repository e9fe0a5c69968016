"""How many units would decide a question that this many did not."""

from __future__ import annotations

import math

_INTERVAL = 1.959963984540054  # normal quantile of a two-sided interval of 95 %
_POWER = 0.8416212335729143  # of a power of 0.8
MOST = 10_000


def needed_units(units: int, gap: float, low: float, high: float) -> int | None:
    """Return how many units would decide with power 0.8, at this gap and this spread.

    The standard error falls with the root of the number of units, so the number that brings the
    gap to 1.96 + 0.84 standard errors is units * ((1.96 + 0.84) se / gap)^2, the usual size of a
    sample for a two-sided test at 5 % (Cohen 1988, Statistical Power Analysis, chapter 2).

    Args:
        units: That gave the interval.
        gap: From what was found to the margin that it is judged by.
        low: Lower end of the 95 % interval; se is its half width / 1.96.
        high: Upper end.

    Returns:
        None above 10,000, or where there is no interval or gap.

    Example:
        >>> needed_units(50, 0.1, 0.1 - 0.14, 0.1 + 0.14)
        201
    """
    se = (high - low) / 2 / _INTERVAL
    if not (math.isfinite(se) and math.isfinite(gap)) or gap == 0 or se <= 0:
        return None
    ratio = (_INTERVAL + _POWER) * se / abs(gap)
    if units * ratio * ratio > MOST:  # inf where the gap is almost none
        return None
    return math.ceil(units * ratio * ratio)
