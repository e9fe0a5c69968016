"""Metadata of OME-Zarr 0.5, held against what its schemas ask for."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.store.ome_metadata import (
    image_attributes,
    plate_attributes,
    row_of_image,
    well_attributes,
    well_path,
    well_place,
)


def test_a_plate_has_the_names_that_its_wells_use() -> None:
    about = plate_attributes("P1", ["AF48", "B03"], 2, {})["ome"]
    assert about["version"] == "0.5"
    plate = about["plate"]
    assert len(plate["rows"]) * len(plate["columns"]) == 1536
    for well in plate["wells"]:
        row, column = well["path"].split("/")
        assert plate["rows"][well["rowIndex"]]["name"] == row
        assert plate["columns"][well["columnIndex"]]["name"] == column
    names = [one["name"] for one in plate["rows"] + plate["columns"]]
    assert all(re.fullmatch("[A-Za-z0-9]+", name) for name in names)
    assert well_path("AF48") == "AF/48"
    with pytest.raises(InputError, match="choose --format zarr"):
        well_place("17")


def test_images_without_a_pixel_size_have_no_unit() -> None:
    about = image_attributes({"image": 0}, 2, None, {"BF": (3.0, 9.0)})["ome"]
    (scales,) = about["multiscales"]
    assert [axis.get("unit") for axis in scales["axes"]] == [None, None, None]
    assert [one["path"] for one in scales["datasets"]] == ["0", "1"]
    (channel,) = about["omero"]["channels"]
    assert channel["color"] == "FFFFFF"
    assert channel["window"] == {"min": 0, "max": 65535, "start": 3.0, "end": 9.0}
    paths = well_attributes(["0", "1"])["ome"]["well"]["images"]
    assert [one["path"] for one in paths] == ["0", "1"]


def test_a_row_is_plain_json() -> None:
    meta = pd.DataFrame({"site": [np.int64(3)], "dose": [np.nan], "moa": [None], "ok": [True]})
    row = row_of_image(meta, 0)
    assert json.loads(json.dumps(row)) == {"site": 3, "dose": None, "moa": None, "ok": True}
