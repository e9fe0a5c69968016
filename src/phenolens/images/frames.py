"""Frames: the points in time that one TIFF holds, by what it states of its axes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.reading.hours import hours_per_unit
from phenolens.images.depth import stated_sizes

_PLANE = re.compile(r"<(?:\w+:)?Plane\b[^<>]*>")
_PIXELS = re.compile(r"<(?:\w+:)?Pixels\b[^<>]*>")
_ATTRIBUTE = re.compile(r"""\b(\w+)\s*=\s*["']([^"']{0,60})["']""")
_SECONDS = "s"  # the unit of times in OME-XML where none is named


@dataclass(frozen=True, slots=True)
class Frames:
    """The points in time that a file holds.

    Attributes:
        count: How many.
        channels: Pages of each.
        channels_first: Whether a point's channels follow one another; else a channel's points do.
        hours: When each was taken, from the first plane or the start of the experiment, if the file
            states it.
    """

    count: int
    channels: int
    channels_first: bool = True
    hours: tuple[float, ...] | None = None

    def pages(self, frame: int) -> list[int]:
        """Return the places of the pages of one point in time."""
        if self.channels_first:
            return [frame * self.channels + c for c in range(self.channels)]
        return [c * self.count + frame for c in range(self.channels)]


def frames_in(tif: Any, pages: Sequence[Any], path: Path) -> Frames:
    """Return the points in time of an open TIFF; without stated axes each page is one.

    Args:
        tif: An open `tifffile.TiffFile`.
        pages: All of its pages.
        path: Of the file, for messages.

    Raises:
        InputError: It states more or fewer planes than it has.
    """
    sizes = stated_sizes(tif)
    if not sizes:
        return Frames(len(pages), 1)
    count, channels = sizes[0].get("T", 1), sizes[0].get("C", 1)
    samples = int(pages[0].samplesperpixel)
    if len(sizes) > 1 or count * channels != len(pages) * samples:
        raise InputError(
            f"states {count} points in time of {channels} channels, and has {len(pages)} planes",
            where=path,
            fix="save each series, with all its planes, in a file of its own",
        )
    hours = _ome_hours(tif, count) if tif.is_ome else _imagej_hours(tif, count)
    return Frames(count, channels // samples, _channels_first(tif), hours)


def pages_of_frame(tif: Any, pages: Sequence[Any], frame: int, path: Path) -> list[Any]:
    """Return the pages of one point in time.

    Raises:
        InputError: The file has fewer.
    """
    found = frames_in(tif, pages, path)
    if frame >= found.count:
        what = f"has {found.count} points in time, and number {frame + 1} is needed"
        raise InputError(what, where=path, fix="copy or export the file again")
    return [pages[place] for place in found.pages(frame)]


def _channels_first(tif: Any) -> bool:
    """Return whether the channels of a point in time follow one another."""
    if tif.is_ome:
        found = _PIXELS.search(tif.pages[0].description)
        order = dict(_ATTRIBUTE.findall(found[0])).get("DimensionOrder", "") if found else ""
        return "C" not in order or "T" not in order or order.index("C") < order.index("T")
    if tif.is_imagej:
        return True
    axes = str(dict((tif.shaped_metadata or ({},))[0]).get("axes", ""))
    return "C" not in axes or "T" not in axes or axes.index("T") < axes.index("C")


def _ome_hours(tif: Any, count: int) -> tuple[float, ...] | None:
    """Return the times of an OME-TIFF: `DeltaT` of its planes, else `TimeIncrement`."""
    text = tif.pages[0].description
    taken: dict[int, float] = {}
    for plane in _PLANE.findall(text):
        said = dict(_ATTRIBUTE.findall(plane))
        hours = _hours(said.get("DeltaT"), said.get("DeltaTUnit", _SECONDS))
        place = said.get("TheT", "")
        if hours is not None and place.isdecimal() and len(place) < 10:
            taken[int(place)] = min(hours, taken.get(int(place), hours))
    if all(place in taken for place in range(count)):
        return tuple(taken[place] for place in range(count))
    found = _PIXELS.search(text)
    said = dict(_ATTRIBUTE.findall(found[0])) if found else {}
    step = _hours(said.get("TimeIncrement"), said.get("TimeIncrementUnit", _SECONDS))
    return None if step is None else tuple(step * place for place in range(count))


def _imagej_hours(tif: Any, count: int) -> tuple[float, ...] | None:
    found: dict[str, Any] = (tif.imagej_metadata if tif.is_imagej else None) or {}
    step = _hours(str(found.get("finterval", "")), str(found.get("tunit", _SECONDS)))
    return tuple(step * place for place in range(count)) if step else None


def _hours(text: str | None, unit: str) -> float | None:
    factor = hours_per_unit(unit)
    try:
        hours = math.nan if text is None or factor is None else float(text) * factor
    except ValueError:
        return None
    return hours if math.isfinite(hours) else None
