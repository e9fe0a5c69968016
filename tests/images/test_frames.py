"""Which pages of a TIFF are one point in time, and when it was taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.read import read_header, read_image
from phenolens.images.stacks import read_frames

STACK = np.arange(3 * 2 * 4 * 5, dtype=np.uint16).reshape(3, 2, 4, 5)  # time, channel, y, x


def _ome(path: Path, stack: np.ndarray, axes: str, **metadata: Any) -> Path:
    tifffile.imwrite(path, stack, ome=True, metadata={"axes": axes, **metadata})
    return path


def test_an_ome_stack_of_two_channels(tmp_path: Path) -> None:
    path = _ome(tmp_path / "a.ome.tif", STACK, "TCYX", TimeIncrement=30.0, TimeIncrementUnit="min")
    found = read_frames(path)
    assert (found.count, found.channels, found.hours) == (3, 2, (0.0, 0.5, 1.0))
    for frame in range(3):
        np.testing.assert_array_equal(read_image(path, frame), STACK[frame])
    assert read_header(path, 1).channels == 2
    with pytest.raises(InputError, match="has 3 points in time"):
        read_image(path)
    with pytest.raises(InputError, match="has 3 points in time, and number 4 is needed"):
        read_image(path, 3)


def test_channels_that_come_first_and_times_of_planes(tmp_path: Path) -> None:
    planes = {"DeltaT": [0.0, 3600.0, 7260.0] * 2, "DeltaTUnit": ["s"] * 6}
    swapped = np.swapaxes(STACK, 0, 1)
    path = _ome(tmp_path / "a.ome.tif", swapped, "CTYX", Plane=planes, TimeIncrement=1.0)
    found = read_frames(path)
    assert not found.channels_first
    assert found.hours == pytest.approx((0.0, 1.0, 7260 / 3600))
    np.testing.assert_array_equal(read_image(path, 2), STACK[2])


def test_imagej_and_plain_stacks(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "i.tif", STACK, imagej=True, metadata={"axes": "TCYX", "finterval": 1800.0}
    )
    found = read_frames(tmp_path / "i.tif")
    assert (found.count, found.channels, found.hours) == (3, 2, (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(read_image(tmp_path / "i.tif", 1), STACK[1])
    with tifffile.TiffWriter(tmp_path / "p.tif") as writer:
        for frame in STACK[:, 0]:
            writer.write(frame, metadata=None)
    plain = read_frames(tmp_path / "p.tif")
    assert (plain.count, plain.channels, plain.hours) == (3, 1, None)
    np.testing.assert_array_equal(read_image(tmp_path / "p.tif", 2), STACK[2, :1])


def test_z_planes_and_other_counts_are_refused(tmp_path: Path) -> None:
    path = _ome(tmp_path / "z.ome.tif", STACK, "TZYX")
    with pytest.raises(InputError, match="has 2 z planes"):
        read_frames(path)
    with tifffile.TiffFile(_ome(tmp_path / "a.ome.tif", STACK, "TCYX")) as tif:
        text = tif.ome_metadata
    with tifffile.TiffWriter(tmp_path / "short.ome.tif") as writer:
        for place, plane in enumerate(STACK.reshape(6, 4, 5)[:5]):
            writer.write(plane, description=text if not place else None, metadata=None)
    with pytest.raises(InputError, match="states 3 points in time of 2 channels, and has 5 planes"):
        read_frames(tmp_path / "short.ome.tif")
