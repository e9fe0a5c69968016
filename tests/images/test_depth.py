"""Pages that a TIFF states to be z planes or points in time are not channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.depth import planes_in
from phenolens.images.read import read_header, read_image

FIVE = np.random.default_rng(0).integers(0, 900, (5, 8, 8)).astype(np.uint16)
ZYX, TYX, CYX = ({"axes": axes} for axes in ("ZYX", "TYX", "CYX"))


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ({"imagej": True, "metadata": ZYX}, "has 5 z planes"),
        ({"ome": True, "metadata": ZYX}, "has 5 z planes"),
        ({"metadata": ZYX}, "has 5 z planes"),
        ({"imagej": True, "metadata": TYX}, "has 5 points in time"),
        ({"ome": True, "metadata": TYX}, "has 5 points in time"),
    ],
)
def test_stated_planes_are_refused_by_name(
    tmp_path: Path, written: dict[str, Any], what: str
) -> None:
    path = tmp_path / "A01.tif"
    tifffile.imwrite(path, FIVE, photometric="minisblack", **written)
    for read in (read_header, read_image):
        with pytest.raises(InputError, match=what) as error:
            read(path)
        assert str(path) in str(error.value)
        assert "save one" in str(error.value)


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"metadata": None},
        {"metadata": CYX},
        {"imagej": True, "metadata": CYX},
        {"ome": True, "metadata": CYX},
        {"ome": True, "metadata": CYX | {"Description": 'SizeZ="5"'}},
    ],
)
def test_channels_and_pages_without_axes_stay_channels(
    tmp_path: Path, written: dict[str, Any]
) -> None:
    path = tmp_path / "A01.tif"
    tifffile.imwrite(path, FIVE, photometric="minisblack", **written)
    np.testing.assert_array_equal(read_image(path), FIVE)


def test_z_planes_with_channels_are_refused_and_one_plane_of_a_larger_stack_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "A01.ome.tif"
    both = np.stack([FIVE, FIVE], axis=1)
    tifffile.imwrite(path, both, ome=True, metadata={"axes": "ZCYX"}, photometric="minisblack")
    with pytest.raises(InputError, match="has 5 z planes"):
        read_image(path)
    # The XML describes the whole stack, the file holds the channels of one of its planes.
    with tifffile.TiffFile(path) as tif:
        stated = tif.pages.first.description
    tifffile.imwrite(path, both[0], description=stated, metadata=None, photometric="minisblack")
    assert read_image(path).shape == (2, 8, 8)


@pytest.mark.parametrize(
    ("path", "other", "plane"),
    [
        ("P1/A01_z2_DNA.tif", "P1/A01_z1_DNA.tif", "z2"),
        ("A01-Plane03.tif", "A01-Plane01.tif", "Plane03"),
        ("r01c01f03p02-ch1.tiff", "r01c01f03p01-ch1.tiff", "p02"),
        ("P1/A01_s2.tif", "P1/A01_s1.tif", ""),
        ("p2/A01.tif", "p1/A01.tif", ""),
        ("A01_z2_s2.tif", "A01_z1_s1.tif", ""),
        ("A01_s1_xyz2.tif", "A01_s1_xyz1.tif", ""),
        ("A01_z2.tif", "A1.tif", ""),
    ],
)
def test_names_that_differ_in_a_plane_alone(path: str, other: str, plane: str) -> None:
    assert planes_in(path, other) == plane
