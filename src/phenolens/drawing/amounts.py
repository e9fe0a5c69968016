"""Amounts with their units as text: times, memory, counts; empty where they are not known."""

from __future__ import annotations

import math


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
