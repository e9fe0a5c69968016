"""Numbers of things as text, one of them in the singular."""

from __future__ import annotations

from collections.abc import Iterable


def count_of(number: float, what: str, more: str = "") -> str:
    """Return a number of things.

    Args:
        number: How many.
        what: One of them.
        more: Several of them, where that is not `what` with an s.

    Example:
        >>> count_of(1, "curve"), count_of(3000, "curve"), count_of(2, "batch", "batches")
        ('1 curve', '3,000 curves', '2 batches')
        >>> count_of(1.0, "minute"), count_of(0.5, "minute")
        ('1 minute', '0.5 minutes')
    """
    whole = int(number) if float(number).is_integer() else number
    return f"{whole:,} {what if whole == 1 else more or f'{what}s'}"


def count_range(numbers: Iterable[int], what: str) -> str:
    """Return between which numbers of things; 0 is one that is not known. Empty without any.

    Example:
        >>> count_range([3, 9, 0], "curve"), count_range([3, 3], "curve")
        ('3 to 9 curves', '3 curves')
    """
    known = [number for number in numbers if number]
    if not known:
        return ""
    low, high = min(known), max(known)
    return count_of(low, what) if low == high else f"{low:,} to {count_of(high, what)}"
