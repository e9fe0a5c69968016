"""Drugs under two names: joined where the user says so, reported where it may be so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

_SIGNS = re.compile("[^a-z0-9]+")
_LEAST = 3  # letters of an abbreviation
_LONG = 5  # letters of a name that may have another letter by mistake


def possibly_the_same(runs: Mapping[str, AbstractSet[str]]) -> list[tuple[str, str]]:
    """Return pairs of names that may be one drug, the shorter first; nothing is joined.

    Two names that differ in capitals and signs alone may be one. So may two that no run has
    together, if one is the beginning of the other, or they differ in one letter.

    Args:
        runs: Drug -> the runs that have it.

    Example:
        >>> runs = {"Erl": {"a"}, "Erlotinib": {"b"}, "PIM447": {"a"}, "PIM-447": {"b"}}
        >>> possibly_the_same({**runs, "BYL719": {"a"}, "BYL749": {"b"}, "BYL729": {"a", "b"}})
        [('Erl', 'Erlotinib'), ('PIM447', 'PIM-447'), ('BYL719', 'BYL749')]
    """
    names = list(runs)
    plain = {name: _SIGNS.sub("", name.lower()) for name in names}
    pairs = []
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            short, long = sorted((one, other), key=lambda name: len(plain[name]))
            apart = not runs[one] & runs[other]
            if plain[one] == plain[other] or (apart and _alike(plain[short], plain[long])):
                pairs.append((short, long))
    return pairs


def _alike(short: str, long: str) -> bool:
    if len(short) < len(long):
        return len(short) >= _LEAST and long.startswith(short)
    return len(short) >= _LONG and sum(a != b for a, b in zip(short, long, strict=True)) == 1
