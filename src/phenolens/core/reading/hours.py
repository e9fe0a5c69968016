"""Hours: times in one unit, by the name of their column, or by how they are written."""

from __future__ import annotations

import re

from phenolens.core.reading.blanks import bare

_UNITS = {"s": 1 / 3600, "sec": 1 / 3600, "second": 1 / 3600, "min": 1 / 60, "minute": 1 / 60,
          "m": 1 / 60, "h": 1.0, "hr": 1.0, "hour": 1.0, "d": 24.0, "day": 24.0}  # fmt: skip
_LONGEST = 60  # characters of a name; longer ones are slow to match
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?|\.\d{1,9}"
_PLAIN = re.compile(rf"[+-]?(?:{_NUMBER}|\d{{1,9}}\.)")
# A word for time, then a unit behind a bracket or another sign: `Time (min)`, `elapsed_min`.
_NAME = re.compile(
    r"(?:metadata_)?(?:elapsed(?:[ _]?times?)?|times?|t|timepoints?)"
    r"(?P<sign>[ _./,-]*+(?:(?<=[ _])in[ _])?[\[(]?[ ]*+)(?P<unit>[A-Za-z]*)\.?[ ]*[\])]?",
    re.IGNORECASE,
)
# The unit itself is the name: `Hours`, `minutes_elapsed`, `Elapsed hours`.
_UNIT_NAME = re.compile(
    r"(?:metadata_)?(?P<unit>hours?|hrs|minutes?|mins|seconds?|secs|days?)"
    r"(?:[ _](?:elapsed|(?:post|after|since)[ _-][A-Za-z _-]{1,30}))?",
    re.IGNORECASE,
)
# As IncuCyte names its images: 02d03h30m; a part may be missing, and the unit be a word.
_SPELT = re.compile(
    r"[+-]?\s*+"
    + r"[\s,]*+".join(
        rf"(?:({_NUMBER})\s*+(?:{word})\.?)?"
        for word in ("d(?:ays?)?", "h(?:rs?|ours?)?", "m(?:ins?|inutes?)?", "s(?:ecs?|econds?)?")
    ),
    re.IGNORECASE,
)
# As spreadsheets and Python write a duration: 01:30:00, 26:00:00, `1 day, 4:00:00`.
_CLOCK = re.compile(
    r"[+-]?\s*(?:(\d{1,4}) days?,? )?(\d{1,5}):([0-5]\d):([0-5]\d(?:\.\d{1,9})?)", re.IGNORECASE
)


def hours_per_unit(unit: str) -> float | None:
    """Return how many hours a unit of time has, as `min` or `15 min`; None where it is not one.

    Example:
        >>> hours_per_unit("min") * 90, hours_per_unit("days"), hours_per_unit("uM")
        (1.5, 24.0, None)
        >>> hours_per_unit("90 min"), hours_per_unit("0 h")
        (1.5, None)
    """
    plain = unit.strip().lower().rstrip(".")
    found = re.fullmatch(rf"({_NUMBER})\s*([a-z]+)", plain) if len(plain) <= _LONGEST else None
    many, word = (float(found[1]), found[2]) if found else (1.0, plain)
    hours = _UNITS.get(word, _UNITS.get(word.removesuffix("s") or word))
    return None if hours is None or not many else many * hours


def unit_in_name(name: str) -> str | None:
    """Return the unit of time in the name of a column of times, empty where it names none.

    None: it is not the name of a column of times.

    Example:
        >>> unit_in_name("Elapsed"), unit_in_name("elapsed_min"), unit_in_name("Date Time")
        ('', 'min', None)
        >>> unit_in_name("Minutes"), unit_in_name("Times"), unit_in_name("timed")
        ('minutes', '', None)
    """
    plain = bare(name) if len(name) <= _LONGEST else ""
    found = _UNIT_NAME.fullmatch(plain)
    if found:
        return found["unit"].lower()
    found = _NAME.fullmatch(plain)
    if found is None:
        return None
    unit = found["unit"]
    if len(unit) == 1 and unit.islower() and not found["sign"]:
        return None  # `timed`
    return unit.lower() if not unit or hours_per_unit(unit) is not None else None


def hours_by_name(name: str) -> float | None:
    """Return how many hours one unit of a column of times has, by its name; None: it has no times.

    Without a unit they are hours.

    Example:
        >>> hours_by_name("Elapsed"), hours_by_name("Time (min)") * 60, hours_by_name("Date Time")
        (1.0, 1.0, None)
    """
    unit = unit_in_name(name)
    return None if unit is None else hours_per_unit(unit) if unit else 1.0


def hours_written(text: str) -> float | None:
    """Return the hours that a text names, as `3.5` or `00d03h30m`; None where it names none.

    Example:
        >>> hours_written("00d03h30m"), hours_written("2.5"), hours_written("t07")
        (3.5, 2.5, None)
    """
    plain = bare(text)
    return float(plain) if _PLAIN.fullmatch(plain) else hours_with_unit(plain)


def hours_with_unit(text: str) -> float | None:
    """Return the hours that a text names with their unit; None where it names none, or no unit.

    Two numbers with a colon are not read: `01:30` may be hours or minutes.

    Example:
        >>> hours_with_unit("1d 4h"), hours_with_unit("90 min"), hours_with_unit("01:30:00")
        (28.0, 1.5, 1.5)
        >>> hours_with_unit("01:30"), hours_with_unit("day 2"), hours_with_unit("2")
        (None, None, None)
    """
    plain = bare(text)
    if not plain or len(plain) > _LONGEST:
        return None
    found = _SPELT.fullmatch(plain) or _CLOCK.fullmatch(plain)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    total = 24 * days + hours + minutes / 60 + seconds / 3600
    return -total if plain.startswith("-") else total
