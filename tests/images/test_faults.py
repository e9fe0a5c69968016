"""What is wrong with image files, each with its plate, well, site and channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.images.faults import faults
from phenolens.images.files import ImageFiles

META = pd.DataFrame({"plate": "P1", "well": ["A01", "A02", "B01"], "site": 1})
CHANNELS = ("DNA", "Actin")


@pytest.fixture
def files(tmp_path: Path) -> ImageFiles:
    paths = np.array([[f"{w}{c}.tif" for c in CHANNELS] for w in META["well"]], dtype=object)
    rng = np.random.default_rng(0)
    for path in paths.ravel():
        tifffile.imwrite(tmp_path / path, rng.poisson(900, (8, 10)).astype(np.uint16))
    return ImageFiles(tmp_path, paths, 2, "t.csv", np.array([5, 8, 9]))


def found(files: ImageFiles, *, pixels: bool) -> list[str]:
    problems = faults(files, META, CHANNELS, pixels=pixels)
    return [str(p).replace(f"{files.root}/", "") for p in problems]


def put(files: ImageFiles, name: str, pixels: np.ndarray) -> None:
    tifffile.imwrite(files.root / name, pixels)


def test_whole_files_have_none(files: ImageFiles) -> None:
    assert not found(files, pixels=True)


def test_a_bad_first_file_does_not_hide_the_others(files: ImageFiles) -> None:
    (files.root / "A01DNA.tif").write_bytes(b"II*\0")
    put(files, "A02Actin.tif", np.zeros((8, 9), np.uint16))
    problems = list(faults(files, META, CHANNELS, pixels=False))
    assert [(p.kind, p.row) for p in problems] == [("unreadable image", 5), ("wrong size", 8)]


def test_the_size_of_most_is_right_also_where_the_first_is_odd(files: ImageFiles) -> None:
    put(files, "A01DNA.tif", np.zeros((9, 9), np.uint16))
    (line,) = found(files, pixels=False)
    assert line.startswith(
        "t.csv row 5: A01DNA.tif is 9 x 9 pixels, the other images are 8 x 10 "
        "(plate P1, well A01, site 1, channel DNA); all images of a screen"
    )


def test_an_image_of_fewer_bits_is_named(files: ImageFiles) -> None:
    put(files, "B01Actin.tif", np.arange(80, dtype=np.uint8).reshape(8, 10))
    (note,) = faults(files, META, CHANNELS, pixels=False)
    assert not note.serious
    assert str(note).replace(f"{files.root}/", "") == (
        "t.csv row 9: B01Actin.tif is 8-bit, 2 other images are 16-bit "
        "(plate P1, well B01, site 1, channel Actin)"
    )


def test_a_channel_that_is_all_of_eight_bits_is_fine(files: ImageFiles) -> None:
    for well in META["well"]:
        put(files, f"{well}Actin.tif", np.arange(80, dtype=np.uint8).reshape(8, 10))
    assert not found(files, pixels=True)


def test_planes_without_content_are_named_by_the_deep_check(files: ImageFiles) -> None:
    put(files, "A02DNA.tif", np.zeros((8, 10), np.uint16))
    put(files, "B01Actin.tif", tifffile.imread(files.root / "B01DNA.tif"))
    assert not found(files, pixels=False)
    assert found(files, pixels=True) == [
        "t.csv row 8: A02DNA.tif channel DNA is 0 in every pixel (plate P1, well A02, site 1)",
        "t.csv row 9: B01Actin.tif channels DNA and Actin have the same pixels "
        "(plate P1, well B01, site 1)",
    ]
