"""What OME-Zarr 0.5 says of a plate, its wells and its images (https://ngff.openmicroscopy.org/0.5)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import plate_format, row_number
from phenolens.core.step_record import plain

VERSION = "0.5"
OWN = "phenolens"  # the attributes that are not part of OME-Zarr
_LARGE = 1024  # pixels: a larger image gets a pyramid, and chunks of at most this side
_COLOURS = ("0000FF", "00FF00", "FF0000", "FFFF00", "FF00FF", "00FFFF", "FFFFFF")
_TOP = 65535
_WELL = re.compile(r"([A-Z]+)0*([0-9]+)")


def well_place(well: str) -> tuple[int, int]:
    """Return row and column of a well, from 0.

    Raises:
        InputError: It is a number alone, which has none.

    Example:
        >>> well_place("B03"), well_place("AA01")
        ((1, 2), (26, 0))
    """
    found = _WELL.fullmatch(well)
    if not found:
        raise InputError(
            f"well '{well}' has no row and column, and an OME-Zarr plate needs them",
            fix="choose --format zarr, or name wells as B03",
        )
    return row_number(found[1]) - 1, int(found[2]) - 1


def well_path(well: str) -> str:
    """Return the path of a well below its plate.

    Example:
        >>> well_path("B03")
        'B/3'
    """
    row, column = well_place(well)
    return f"{_letters(row)}/{column + 1}"


def plate_attributes(
    name: str, wells: Sequence[str], fields: int, own: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attributes of a plate's group.

    Args:
        name: Of the plate.
        wells: The wells that have images; the others are not listed.
        fields: Images of the well that has most.
        own: What OME-Zarr has no place for.
    """
    places = [well_place(well) for well in wells]
    rows, columns = plate_format(*(max(axis) + 1 for axis in zip(*places, strict=True)))
    plate = {
        "name": name,
        "version": VERSION,
        "field_count": fields,
        "rows": [{"name": _letters(row)} for row in range(rows)],
        "columns": [{"name": str(column + 1)} for column in range(columns)],
        "wells": [
            {"path": well_path(well), "rowIndex": row, "columnIndex": column}
            for well, (row, column) in zip(wells, places, strict=True)
        ],
    }
    return {"ome": {"version": VERSION, "plate": plate}, OWN: _json(own)}


def well_attributes(paths: Sequence[str]) -> dict[str, Any]:
    """Return the attributes of a well's group, which lists the paths of its images."""
    return {"ome": {"version": VERSION, "well": {"images": [{"path": path} for path in paths]}}}


def image_attributes(
    row: Mapping[str, Any],
    levels: int,
    pixel_size: float | None,
    channels: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    """Return the attributes of an image's group.

    Args:
        row: `image`, its number in the screen, and `row`, its metadata.
        levels: Of its pyramid, 1 where there is none.
        pixel_size: Micrometres per pixel at full size; None: not known.
        channels: Name -> the counts that a viewer shows as black and as full colour.
    """
    unit = {"unit": "micrometer"} if pixel_size else {}
    axes = [{"name": "c", "type": "channel"}]
    axes += [{"name": name, "type": "space", **unit} for name in "yx"]
    side = pixel_size or 1.0
    datasets = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {"type": "scale", "scale": [1.0, side * 2**level, side * 2**level]}
            ],
        }
        for level in range(levels)
    ]
    colours = _COLOURS if len(channels) > 1 else _COLOURS[-1:]
    omero = [
        {
            "label": name,
            "active": True,
            "color": colours[place % len(colours)],
            "window": {"min": 0, "max": _TOP, "start": start, "end": end},
        }
        for place, (name, (start, end)) in enumerate(channels.items())
    ]
    multiscale = {"name": "image", "axes": axes, "datasets": datasets}
    if levels > 1:
        multiscale["type"] = "mean of 2 x 2"
    about = {"version": VERSION, "multiscales": [multiscale], "omero": {"channels": omero}}
    return {"ome": about, OWN: _json(row)}


def row_of_image(meta: pd.DataFrame, row: int) -> dict[str, Any]:
    """Return the metadata of an image as JSON has them; a missing value is null."""
    values = {str(name): meta[name].iloc[row] for name in meta}
    return {name: None if pd.isna(value) else plain(value) for name, value in values.items()}


def levels_of(size: tuple[int, int]) -> int:
    """Return how many levels the pyramid of an image has.

    Example:
        >>> levels_of((1024, 1024)), levels_of((1080, 1080)), levels_of((2160, 2560))
        (1, 2, 3)
    """
    levels = 1
    while max(size) > _LARGE:
        size, levels = (size[0] // 2, size[1] // 2), levels + 1
    return levels


def chunk_of(side: int) -> int:
    """Return the side of equal chunks, of at most 1,024 pixels.

    Example:
        >>> chunk_of(1080), chunk_of(512), chunk_of(2160)
        (540, 512, 720)
    """
    return -(-side // -(-side // _LARGE))


def _letters(row: int) -> str:
    return chr(ord("A") + row) if row < 26 else "A" + chr(ord("A") + row - 26)


def _json(value: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(plain(value), default=str))
