"""Numbers of things as text, one of them in the singular."""

from __future__ import annotations

import re
from collections.abc import Iterable

_OF_ONE = {"are": "is", "do": "does", "have": "has", "repeat": "repeats"}
_VERB = re.compile(rf"\b({'|'.join(_OF_ONE)})\b")
_NOUN = re.compile(r"(?<=[a-z])s\b")  # the s of the first plural


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


def count_and_say(number: int, words: str) -> str:
    """Return a number of things and what is true of them; of one thing in the singular.

    Args:
        number: How many.
        words: Of several: a noun that ends in s, then `are`, `do`, `have` or `repeat`.

    Example:
        >>> count_and_say(2, "rows of the table have no image")
        '2 rows of the table have no image'
        >>> count_and_say(1, "rows of the table have no image")
        '1 row of the table has no image'
        >>> count_and_say(1, "of 3 fields have no row")
        '1 of 3 fields has no row'
    """
    if number == 1:
        head, verb, rest = (
            _VERB.split(words, maxsplit=1) if _VERB.search(words) else (words, "", "")
        )
        noun = head if head.startswith("of ") else _NOUN.sub("", head, count=1)
        words = noun + _OF_ONE.get(verb, "") + rest
    return f"{number:,} {words}"


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
