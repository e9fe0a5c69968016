"""Planes along z, which are neither channels nor sites: stated by a TIFF, or by names of files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError

_FIXES = {
    "z planes": "name one plane or project them first, and save one page per channel",
    "points in time": "save one point in time, one page per channel",
}
_PIXELS = re.compile(r"<(?:\w+:)?Pixels\b[^>]*>")
_SIZES = re.compile(r"""\bSize([CZT])\s*=\s*["'](\d{1,9})["']""")
_DIGITS = re.compile(r"(\d+)")
# The letters before a number that counts planes: A01_z2, A01-Plane2; and r01c01f01p02 (Opera).
_BEFORE_PLANE = re.compile(r"(?i:(?:^|[^a-z])(?:z|plane|slice)[-_ ]*)$|^p$")


def refuse_depth(tif: Any, planes: int, path: Path, axes: str = "ZT") -> None:
    """Refuse a TIFF that states that its pages are not channels, but z planes or points in time.

    A file that states no axes is left as it is: its pages are channels. The axes are those of
    ImageJ, of OME-XML and of tifffile. OME-XML may describe planes of other files too: what counts
    is whether this file holds more of them than the channels stated.

    Args:
        tif: An open `tifffile.TiffFile`.
        planes: Pages times samples per pixel.
        path: Of the file, for the message.
        axes: Those that are refused: without `T`, a file may have several points in time.

    Raises:
        InputError: It states more than one z plane, or more than one point in time.
    """
    if planes < 2:
        return
    for letter, name in zip("ZT", _FIXES, strict=True):
        for sizes in stated_sizes(tif) if letter in axes else ():
            count = sizes.get(letter, 1)
            if count > 1 and planes > sizes.get("C", 1):
                raise InputError(
                    f"has {count} {name}, and every page would count as a channel",
                    where=path,
                    fix=_FIXES[name],
                )


def stated_sizes(tif: Any) -> list[dict[str, int]]:
    """Return the sizes of the axes C, Z and T that a file states; empty where it states none.

    The series of tifffile would say the same; it makes a list as long as the header asks for.
    """
    if tif.is_ome:
        pixels = _PIXELS.findall(tif.pages[0].description)
        sizes = [{axis: int(size) for axis, size in _SIZES.findall(each)} for each in pixels]
        channels = sum(each.get("C", 1) for each in sizes)
        return [{**each, "C": channels} for each in sizes]
    if tif.is_imagej:
        found: dict[str, Any] = tif.imagej_metadata or {}
        keys = {"C": "channels", "Z": "slices", "T": "frames"}
        return [{axis: int(found.get(key, 1)) for axis, key in keys.items()}]
    if tif.is_shaped:
        found = dict((tif.shaped_metadata or ({},))[0])
        axes, shape = found.get("axes", ""), found.get("shape", ())
        if isinstance(axes, str) and len(axes) == len(shape):
            return [{a: int(size) for a, size in zip(axes, shape, strict=True) if a in "CZT"}]
    return []


def planes_in(path: str, other: str) -> str:
    """Return the part of a path that numbers a z plane, if two paths differ in nothing else.

    Args:
        path: Of a file.
        other: Of a file that a pattern takes for the same.

    Example:
        >>> planes_in("P1/A01_z2_DNA.tif", "P1/A01_z1_DNA.tif")
        'z2'
    """
    mine, others = _DIGITS.split(path), _DIGITS.split(other)
    differ = [i for i, (a, b) in enumerate(zip(mine, others, strict=False)) if a != b]
    if len(mine) != len(others) or len(differ) != 1:
        return ""
    at = differ[0]
    before = _BEFORE_PLANE.search(mine[at - 1]) if at % 2 and at > 1 else None
    return before.group().lstrip("_-/. ") + mine[at] if before else ""
