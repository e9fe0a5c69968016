"""Hours: times in one unit, by the name of their column, or by how they are written."""

from __future__ import annotations

import re

from phenolens.core.reading.blanks import bare

_UNITS = {"s": 1 / 3600, "sec": 1 / 3600, "second": 1 / 3600, "min": 1 / 60, "minute": 1 / 60,
          "m": 1 / 60, "h": 1.0, "hr": 1.0, "hour": 1.0, "d": 24.0, "day": 24.0}  # fmt: skip
_LONGEST = 60  # characters of a name; longer ones are slow to match
_NAME = re.compile(
    r"(?:metadata_)?(elapsed(?:[ _]?time)?|time|t|hours?|timepoint)[ _]*[\[(]?\s*([a-z]*)\s*[\])]?",
    re.IGNORECASE,
)
# As IncuCyte names its images: 02d03h30m; a part may be missing.
_SPELT = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,4})s)?")
_NUMBER = re.compile(r"[+-]?(?:\d{1,9}(?:\.\d*)?|\.\d+)")


def hours_per_unit(unit: str) -> float | None:
    """Return how many hours a unit of time has; None where it is not one.

    Example:
        >>> hours_per_unit("min") * 90, hours_per_unit("days"), hours_per_unit("uM")
        (1.5, 24.0, None)
    """
    plain = unit.strip().lower().rstrip(".")
    return _UNITS.get(plain, _UNITS.get(plain.removesuffix("s") or plain))


def hours_by_name(name: str) -> float | None:
    """Return how many hours one unit of a column of times has, by its name; None: it has no times.

    Without a unit they are hours.

    Example:
        >>> hours_by_name("Elapsed"), hours_by_name("Time (min)") * 60, hours_by_name("Date Time")
        (1.0, 1.0, None)
    """
    found = _NAME.fullmatch(bare(name)) if len(name) <= _LONGEST else None
    if found is None:
        return None
    return hours_per_unit(found[2]) if found[2] else 1.0


def hours_written(text: str) -> float | None:
    """Return the hours that a text names, as `3.5` or `00d03h30m`; None where it names none.

    Example:
        >>> hours_written("00d03h30m"), hours_written("2.5"), hours_written("t07")
        (3.5, 2.5, None)
    """
    plain = bare(text)
    if _NUMBER.fullmatch(plain):
        return float(plain)
    found = _SPELT.fullmatch(plain)
    if not plain or found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 24 * days + hours + minutes / 60 + seconds / 3600
