"""What concerns all files of an index: pixel sizes, plates, columns that say nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from phenolens.images.contents import Contents
from phenolens.images.listing import Listing, plate_names, without_fixed

FILES = pd.DataFrame({"well": ["A01", "A02"], "z": [1, 1], "path": ["a.tif", "b.tif"]})


def test_pixel_sizes_that_differ_are_noted_and_unknown() -> None:
    one = Listing(files=FILES, index="Index.xml", pixel_sizes={"a": 0.65, "b": 0.6501})
    assert one.pixel_size == 0.65
    two = Listing(files=FILES, index="Index.xml", pixel_sizes={"a": 0.65, "b": 0.325})
    assert two.pixel_size is None
    contents = Contents(Path("p"), ("a.tif", "b.tif", "c.tif", "x.csv"))
    kinds = {problem.kind: problem.what for problem in two.notes(contents)}
    assert list(kinds) == ["mixed pixel size", "not listed"]
    assert kinds["not listed"] == "1 image is not listed by Index.xml: c.tif"


def test_columns_of_one_value_are_dropped() -> None:
    assert list(without_fixed(FILES)) == ["well", "path"]
    assert list(without_fixed(FILES.assign(z=[1, 2]))) == ["well", "z", "path"]


def test_plates_of_one_name_have_their_folders() -> None:
    assert plate_names({"x/i": "", "y/z/i": "P"}) == {"x/i": "x", "y/z/i": "P"}
    assert set(plate_names({"x/i": "P", "y/i": "P"}).values()) == {"P (x)", "P (y)"}
