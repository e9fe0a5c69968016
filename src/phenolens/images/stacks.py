"""Stacks: TIFF files of which each holds several points in time."""

from __future__ import annotations

from pathlib import Path

import tifffile

from phenolens.core.errors import InputError
from phenolens.images.frames import Frames, frames_in
from phenolens.images.read import named_errors, sound_pages

_TIFF = (".tif", ".tiff")


def read_frames(path: Path) -> Frames:
    """Return the points in time that a TIFF holds, without decoding its pixels.

    Raises:
        InputError: It is not a TIFF, it is damaged, it has z planes, or the planes that it states
            are not those that it has.
    """
    if path.suffix.lower() not in _TIFF:
        raise InputError("is not a TIFF, and holds one point in time", where=path)
    with named_errors(path), tifffile.TiffFile(path) as tif:
        return frames_in(tif, sound_pages(tif, path, -1), path)
