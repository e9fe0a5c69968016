"""How many units would decide a question that this many did not."""

from __future__ import annotations

import math

from phenolens.statistics.student import FEW, half_width

_POWER = 0.8416212335729143  # normal quantile of a power of 0.8
MOST = 10_000


def needed_units(units: int, gap: float, low: float, high: float) -> int | None:
    """Return how many units would decide with power 0.8, at this gap and this spread.

    The standard error falls with the root of the number of units, so the number that brings the
    gap to 1.96 + 0.84 standard errors is units * ((1.96 + 0.84) se / gap)^2, the usual size of a
    sample for a two-sided test at 5 % (Cohen 1988, Statistical Power Analysis, chapter 2). Of
    fewer than 20 units Student's quantile takes the place of 1.96, in the interval given and in
    that of the units needed.

    Args:
        units: That gave the interval; two or more.
        gap: From what was found to the margin that it is judged by.
        low: Lower end of the 95 % interval.
        high: Upper end.

    Returns:
        None above 10,000, or where there is no interval or gap.

    Example:
        >>> needed_units(50, 0.1, 0.1 - 0.14, 0.1 + 0.14)
        201
    """
    if not all(map(math.isfinite, (gap, low, high))) or gap == 0 or high <= low:
        return None
    one = (high - low) / 2 / half_width(units) / abs(gap) * math.sqrt(units)  # se of one unit
    if (half_width(FEW) + _POWER) ** 2 * one * one > MOST:  # inf where the gap is almost none
        return None
    found = max(2, math.ceil(((half_width(FEW) + _POWER) * one) ** 2))
    while found < (half_width(found) + _POWER) ** 2 * one * one:
        found += 1
    return found
