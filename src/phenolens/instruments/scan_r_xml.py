"""Olympus ScanR: `metadata.ome.xml`, which names a TIFF file for each plane."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import well_name
from phenolens.instruments.elements import elements
from phenolens.instruments.plate_index import PlateIndex, files_of

FILE = "metadata.ome.xml"
_NAME = re.compile(r"Well \d+, Position (?P<site>\d+) \((?P<well>[A-P]\d{1,2})\)")


def read_scan_r(root: Path, name: str, files: frozenset[str]) -> PlateIndex:
    """Return what the metadata of a plate list, one row per plane; it has no name.

    Args:
        root: The folder.
        name: Path of the file below it; its images are next to it, or in the folder `data`.
        files: Paths of all files below the root.

    Raises:
        InputError: It cannot be read, lists no image, or an image has no well.
    """
    path = root / name
    rows: list[dict[str, Any]] = []
    sizes: set[float] = set()
    for image in elements(path, ("Image",)):
        try:
            rows += _planes(image, path)
            sizes |= {float(p.get("PhysicalSizeX", "0")) for p in image.iter("Pixels")}
        except ValueError as error:
            what = f"image '{image.get('Name')}' has a number that is none: {error}"
            raise InputError(what, where=path) from error
    if not rows:
        raise InputError("lists no image", where=path, fix="name the folder of a screen of ScanR")
    table = pd.DataFrame(rows)
    folder = PurePosixPath(name).parent
    places = [folder, folder / "data"]
    inside = {p for p in places if any((p / f).as_posix() in files for f in table["file"])}
    place = next((p for p in places if p in inside), folder)
    sizes.discard(0.0)
    return PlateIndex(
        plate="",
        files=files_of(table, place, "file"),
        channels=tuple(dict.fromkeys(table["channel"])),
        pixel_size=sizes.pop() if len(sizes) == 1 else None,
    )


def _planes(image: Element, path: Path) -> Iterator[dict[str, Any]]:
    found = _NAME.fullmatch(image.get("Name", ""))
    well = well_name(found["well"]) if found else None
    if found is None or well is None:
        what = f"the name of an image, {image.get('Name', '')!r}, has no well and position"
        raise InputError(what, where=path)
    channels = [c.get("Name", "") or f"c{i}" for i, c in enumerate(image.iter("Channel"))]
    for data in image.iter("TiffData"):
        number = int(data.get("FirstC", "0"))
        file = next((u.get("FileName", "") for u in data.iter("UUID")), "")
        if not file or number >= len(channels):
            raise InputError(f"a plane of '{image.get('Name')}' names no file", where=path)
        yield {
            "well": well,
            "site": int(found["site"]),
            "z": int(data.get("FirstZ", "0")) + 1,
            "timepoint": int(data.get("FirstT", "0")) + 1,
            "channel": channels[number],
            "file": PurePosixPath(file).name,
        }
