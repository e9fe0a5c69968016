"""Wells as names of columns: `A1`, or `A1, Image 2` where a well has several images."""

from __future__ import annotations

import re

from phenolens.core.reading.wells import well_name

_COLUMN = re.compile(r"(?P<well>[A-Za-z]{1,2}[0-9]{1,2})(?:, ?[Ii]mage (?P<image>[0-9]{1,3}))?")


def well_and_image(name: str) -> tuple[str, int | None] | None:
    """Return the well and the image of a column; None where it names no well.

    Example:
        >>> well_and_image("A1, Image 2"), well_and_image("B03"), well_and_image("R428")
        (('A01', 2), ('B03', None), None)
    """
    found = _COLUMN.fullmatch(name)
    well = well_name(found["well"]) if found else None
    if found is None or well is None:
        return None
    return well, int(found["image"]) if found["image"] else None


def is_well_column(name: str) -> bool:
    """Return whether a column is named after a well and an image."""
    return ", " in name and well_and_image(name) is not None
