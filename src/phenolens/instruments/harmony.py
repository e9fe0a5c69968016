"""Index files of Opera Phenix and Operetta: `Index.idx.xml` (Harmony 5) and `Index.xml` (7)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import named
from phenolens.images.problem import Problem
from phenolens.images.table import note
from phenolens.instruments.elements import elements, text_of
from phenolens.instruments.plate_index import PlateIndex, distinct, files_of, with_hours

FILES = ("Index.idx.xml", "Index.xml")
ROOT = "EvaluationInputData"
_NUMBERS = {"Row": "row", "Col": "column", "FieldID": "site", "PlaneID": "z", "ChannelID": "id"}


def read_harmony(root: Path, name: str) -> PlateIndex:
    """Return what an index lists. Rows, columns, fields and planes count from 1.

    Harmony 5 names the channel and the resolution in each image, Harmony 7 once per channel.

    Args:
        root: The folder.
        name: Path of the index below it; its images are next to it.

    Raises:
        InputError: It cannot be read, lists no image, or an image is on no plate.
    """
    path = root / name
    plate, rows, known = "", [], dict[int, Element]()
    for element in elements(path, ("Plate", "Entry", "Image")):
        if element.tag == "Plate":
            plate = plate or text_of(element, "PlateID") or text_of(element, "Name")
        elif element.tag == "Entry" and element.find("ChannelName") is not None:
            known[_whole(element.get("ChannelID"), path, "ChannelID")] = element
        elif element.tag == "Image" and element.find("URL") is not None:
            rows.append(_image(element, path))
    if not rows:
        raise InputError("lists no image", where=path, fix="name the folder of a measurement")
    table = pd.DataFrame(rows)
    for column, tag in (("channel", "ChannelName"), ("resolution", "ImageResolutionX")):
        general = {number: text_of(entry, tag) for number, entry in known.items()}
        table[column] = table[column].where(table[column] != "", table["id"].map(general))
    channels = _channel_names(table)
    table["channel"] = table["id"].map(channels)
    sizes = pd.to_numeric(table["resolution"], errors="coerce").dropna().unique()
    timed = with_hours(table, pd.to_numeric(table["seconds"], errors="coerce"))
    return PlateIndex(
        plate=plate,
        files=files_of(timed, PurePosixPath(name).parent, "url"),
        channels=tuple(channels.values()),
        pixel_size=float(sizes[0]) * 1e6 if len(sizes) == 1 else None,
        problems=tuple(_not_ok(table, path)),
    )


def _image(image: Element, path: Path) -> dict[str, object]:
    numbers = {ours: _whole(text_of(image, tag), path, tag) for tag, ours in _NUMBERS.items()}
    well = named(numbers.pop("row"), numbers.pop("column"))
    if well is None:
        what = f"image '{text_of(image, 'id')}' is on no plate: row {text_of(image, 'Row')}, "
        raise InputError(f"{what}column {text_of(image, 'Col')}", where=path)
    return {
        **numbers,
        "well": well,
        "timepoint": _whole(text_of(image, "TimepointID") or "0", path, "TimepointID"),
        "seconds": text_of(image, "MeasurementTimeOffset"),
        "state": text_of(image, "State") or "Ok",
        "url": text_of(image, "URL"),
        "channel": text_of(image, "ChannelName"),
        "resolution": text_of(image, "ImageResolutionX"),
    }


def _whole(text: str | None, path: Path, tag: str) -> int:
    if not (text and text.isascii() and text.isdecimal() and len(text) < 10):
        raise InputError(f"an image has {tag} {text or ''!r}, not a whole number", where=path)
    return int(text)


def _channel_names(table: pd.DataFrame) -> dict[int, str]:
    """Return number -> name of each channel; the number is added where two share a name."""
    firsts = table.drop_duplicates("id").sort_values("id").set_index("id")["channel"]
    names = {int(k): str(v) if pd.notna(v) and v else f"ch{k}" for k, v in firsts.items()}
    return distinct(names)


def _not_ok(table: pd.DataFrame, path: Path) -> list[Problem]:
    bad = table[table["state"] != "Ok"]
    what = "images have another state than Ok"
    return [note("state", str(path), bad["url"].tolist(), what)] if len(bad) else []
