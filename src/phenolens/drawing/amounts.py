"""Amounts with their units as text: doses, times, memory; empty where they are not known."""

from __future__ import annotations

import math
import re


def dose(value: float, unit: str = "") -> str:
    """Return a dose with its unit, where that is known; empty where the dose is not.

    Example:
        >>> dose(0.3, "uM"), dose(12.5)
        ('0.3 \u00b5M', '12.5')
    """
    if math.isnan(value):
        return ""
    return f"{value:g} {spelt(unit)}".rstrip()


def spelt(unit: str) -> str:
    """Return a unit as pages show it: `uM`, `ug/ml` with the sign for micro.

    Example:
        >>> spelt("uM"), spelt("mg/ml")
        ('\u00b5M', 'mg/ml')
    """
    return re.sub("^u(?=[MgLl])", "\u00b5", unit)


def duration(seconds: float) -> str:
    """Return a length of time in words; empty where it is not known.

    Example:
        >>> duration(0.42), duration(75), duration(7384)
        ('0.4 s', '1 min 15 s', '2 h 3 min')
    """
    if math.isnan(seconds):
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def memory(megabytes: float) -> str:
    """Return an amount of memory; empty where it is not known.

    Example:
        >>> memory(310.2), memory(2048)
        ('310 MB', '2.0 GB')
    """
    if math.isnan(megabytes):
        return ""
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def count(number: float) -> str:
    """Return a count, in millions where it is large; empty where it is not known.

    Example:
        >>> count(1234), count(21_500_000)
        ('1,234', '21.5 M')
    """
    if math.isnan(number):
        return ""
    return f"{number / 1e6:.1f} M" if number >= 1e6 else f"{number:,.0f}"
