"""Yokogawa CellVoyager: `MeasurementData.mlf`, with the `.mrf` and `.mes` files next to it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import named
from phenolens.images.table import note
from phenolens.instruments.elements import elements
from phenolens.instruments.plate_index import PlateIndex, distinct, files_of, with_hours

FILE, DETAIL, ROOT = "MeasurementData.mlf", "MeasurementDetail.mrf", "MeasurementData"
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12})?")
_NUMBERS = {
    "Row": "row",
    "Column": "column",
    "FieldIndex": "site",
    "ZIndex": "z",
    "TimePoint": "timepoint",
    "Ch": "id",
}


def read_cell_voyager(root: Path, name: str) -> PlateIndex:
    """Return what a measurement lists. Rows, columns, fields and planes count from 1.

    Args:
        root: The folder.
        name: Path of the `.mlf` file below it; its images are next to it.

    Raises:
        InputError: It cannot be read, lists no image, or an image is on no plate.
    """
    path = root / name
    folder = PurePosixPath(name).parent
    rows, failed = [], []
    for record in elements(path, ("MeasurementRecord",)):
        if record.get("Type") == "IMG":
            rows.append(_image(record, path))
        else:
            failed.append(record.get("Type", "") + " " + (record.text or "").strip())
    if not rows:
        raise InputError("lists no image", where=path, fix="name the folder of a measurement")
    table = pd.DataFrame(rows)
    title, sizes, settings = _detail(path.with_name(DETAIL))
    channels = _channels(sorted(table["id"].unique()), path.parent / settings)
    used = {sizes[number] for number in channels if number in sizes}
    table["channel"] = table["id"].map(channels)
    what = "records are of errors, not of images"
    return PlateIndex(
        plate=title,
        files=files_of(_with_time(table), folder, "url"),
        channels=tuple(channels.values()),
        pixel_size=used.pop() if len(used) == 1 else None,
        problems=(note("error record", str(path), failed, what),) if failed else (),
    )


def _image(record: Element, path: Path) -> dict[str, object]:
    url = (record.text or "").strip()
    numbers = {}
    for attribute, ours in _NUMBERS.items():
        text = record.get(attribute, "")
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            what = f"image '{url}' has {attribute} {text!r}, not a whole number"
            raise InputError(what, where=path)
        numbers[ours] = int(text)
    well = named(numbers.pop("row"), numbers.pop("column"))
    if well is None:
        what = f"image '{url}' is on no plate: row {record.get('Row')}, "
        raise InputError(f"{what}column {record.get('Column')}", where=path)
    return {**numbers, "well": well, "taken": record.get("Time", ""), "url": url}


def _detail(path: Path) -> tuple[str, dict[int, float], str]:
    """Return the title, channel -> pixel size, and the name of the settings; blanks if absent."""
    title, sizes, settings = "", dict[int, float](), ""
    if not path.is_file():
        return title, sizes, settings
    for detail in elements(path, ("MeasurementDetail",)):
        title = detail.get("Title", "")
        settings = PurePosixPath(detail.get("MeasurementSettingFileName", "")).name
        for channel in detail.iter("MeasurementChannel"):
            number, size = channel.get("Ch", ""), channel.get("HorizontalPixelDimension", "")
            if _NUMBER.fullmatch(size) and _NUMBER.fullmatch(number):
                sizes[int(float(number))] = float(size)
    return title, sizes, settings


def _channels(numbers: list[int], path: Path) -> dict[int, str]:
    """Return number -> name: the fluorophore or target of the settings, else C01, C02, ..."""
    stated = {}
    for channel in elements(path, ("Channel",)) if path.is_file() else ():
        name = channel.get("Fluorophore") or channel.get("Target") or ""
        stated[channel.get("Ch", "")] = name.strip()
    names = {number: stated.get(str(number)) or f"C{number:02d}" for number in map(int, numbers)}
    return distinct(names)


def _with_time(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with `time`, in hours from the first point, by when images were taken."""
    taken = pd.to_datetime(table["taken"], errors="coerce", utc=True)
    return with_hours(table, (taken - taken.min()).dt.total_seconds())
