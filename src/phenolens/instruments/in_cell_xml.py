"""In Cell Analyzer: the `.xdce` file of a plate.

No real file was at hand: names of elements and attributes are those that Bio-Formats reads
(InCellReader.java), where rows and columns count from 1, and all indexes from 0.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import named
from phenolens.instruments.elements import elements
from phenolens.instruments.plate_index import PlateIndex, distinct, files_of

ENDING, ROOT = ".xdce", "ImageStack"
_INDEXES = {"field_index": "site", "z_index": "z", "time_index": "timepoint", "wave_index": "wave"}


def read_in_cell(root: Path, name: str) -> PlateIndex:
    """Return what the index of a plate lists; the plate is called as the file is.

    Args:
        root: The folder.
        name: Path of the `.xdce` file below it; its images are next to it.

    Raises:
        InputError: It cannot be read, lists no image, or an image is on no plate.
    """
    path = root / name
    rows: list[dict[str, Any]] = []
    waves: dict[int, str] = {}
    sizes: set[float] = set()
    try:
        for element in elements(path, ("Image", "Wavelength", "ObjectiveCalibration")):
            if element.tag == "Image" and element.get("filename"):
                rows.append(_image(element, path))
            elif element.tag == "Wavelength" and element.get("index"):
                waves[int(element.get("index", ""))] = _wave(element)
            elif element.tag == "ObjectiveCalibration":
                sizes.add(float(element.get("pixel_width", "0")))
    except ValueError as error:
        raise InputError(f"has a number that is none: {error}", where=path) from error
    if not rows:
        raise InputError("lists no image", where=path, fix="name the folder of a plate")
    table = pd.DataFrame(rows)
    channels = _names(sorted(table["wave"].unique()), waves)
    table["channel"] = table["wave"].map(channels)
    sizes.discard(0.0)
    return PlateIndex(
        plate=PurePosixPath(name).stem,
        files=files_of(table, PurePosixPath(name).parent, "file"),
        channels=tuple(channels.values()),
        pixel_size=sizes.pop() if len(sizes) == 1 else None,
    )


def _image(image: Element, path: Path) -> dict[str, Any]:
    file = image.get("filename", "").replace("\\", "/")
    places = {e.tag: e.get("number", "") for e in image.iter() if e.tag in ("Row", "Column")}
    well = named(int(places.get("Row", "0")), int(places.get("Column", "0")))
    identifier = next(image.iter("Identifier"), None)
    if well is None or identifier is None:
        raise InputError(f"image '{file}' has no row and column of a plate", where=path)
    indexes = {ours: int(identifier.get(key, "0")) for key, ours in _INDEXES.items()}
    counted = {name: indexes[name] + 1 for name in ("site", "z", "timepoint")}
    return {"well": well, **counted, "wave": indexes["wave"], "file": file}


def _wave(wavelength: Element) -> str:
    """Return the filters of a wavelength as names of files have them: `DAPI - DAPI` is `DAPI`."""
    tags = ("ExcitationFilter", "EmissionFilter")
    found = [next(wavelength.iter(tag), Element(tag)).get("name", "") for tag in tags]
    return " - ".join(dict.fromkeys(filter(None, found)))


def _names(numbers: list[int], waves: dict[int, str]) -> dict[int, str]:
    names = {int(number): waves.get(int(number)) or f"w{number + 1}" for number in numbers}
    return distinct(names, first=1)
