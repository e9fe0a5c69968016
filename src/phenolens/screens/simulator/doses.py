"""Dose and response of a compound, and codes that do not reveal its mechanism."""

from __future__ import annotations

import string


def hill(concentration: float, ec50: float, slope: float) -> float:
    """Return the share of the full effect at a concentration (Hill equation); 0 without any.

    Example:
        >>> hill(2.0, ec50=2.0, slope=1.5), hill(0.0, ec50=2.0, slope=1.5)
        (0.5, 0.0)
    """
    if concentration <= 0:
        return 0.0
    return 1.0 / (1.0 + (ec50 / concentration) ** slope)


def half_log(top: float, doses: int) -> tuple[float, ...]:
    """Return a half-log dilution series of two digits, weakest first.

    Example:
        >>> half_log(30.0, 3)
        (3.0, 9.5, 30.0)
    """
    return tuple(float(f"{top / 10 ** (k / 2):.2g}") for k in reversed(range(doses)))


def letters(index: int) -> str:
    """Return a, b, ..., z, ba, bb, ... for 0, 1, ...

    Example:
        >>> letters(0), letters(27)
        ('a', 'bb')
    """
    head, last = divmod(index, len(string.ascii_lowercase))
    return (letters(head) if head else "") + string.ascii_lowercase[last]
