"""Names of instruments: real names, one after another, and what their pattern says of them."""

from __future__ import annotations

import pytest

from phenolens.core.pattern import Pattern
from phenolens.images.conventions import CONVENTIONS, WITH_TIMES, fits

NAMES = {
    "P1/Images/r03c03f03p01-ch5sk1fk1fl1.tiff": {"row": "03", "column": "03", "plate": "P1"},
    "x/CV_D08_T0001F002L01A01Z04C01.tif": {"well": "D08", "site": "002", "channel": "01"},
    "1334/Mix_E07_s1_w2E78EB128-BD0D-4D94-A6AD-3FF28BB1B105.tif": {"well": "E07", "channel": "2"},
    "9987/TimePoint_1/9987_B02_s1_w1.TIF": {"well": "B02", "site": "1", "plate": "9987"},
    "a/B2--W00014--P00001--Z00000--T00000--405 nm #1.tif": {"well": "B2", "channel": "405 nm #1"},
    "p/B - 03(fld 2 wv DAPI - DAPI).tif": {"row": "B", "column": "03", "channel": "DAPI - DAPI"},
    "Plate_2_images/B7_01_1_3_DAPI_001.tif": {"well": "B7", "site": "3", "channel": "DAPI"},
    "images/Channel1-06-A-06.tif": {"row": "A", "column": "06", "channel": "1"},
    "P1/A01_s2_Actin.tif": {"well": "A01", "site": "2", "channel": "Actin"},
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_instruments(name: str) -> None:
    pattern = fits([name])[0].pattern
    groups = Pattern.of(pattern, "pattern").fullmatch(name)
    assert groups is not None
    assert {key: groups[key] for key in NAMES[name]} == NAMES[name]


def test_every_convention_has_such_a_name() -> None:
    found = {fits([name])[0].name for name in NAMES}
    assert found == {one.name for one in CONVENTIONS}


def test_the_one_that_fits_most_is_first_and_others_are_counted() -> None:
    names = ["a/r01c01f01p01-ch1sk1fk1fl1.tiff", "b/B7_01_1_3_DAPI_001.tif", "b/mask.tif"]
    names.append("b/B7_01_2_3_GFP_001.tif")
    first, second = fits(names)
    assert (first.name, first.count, first.others) == ("BioTek Gen5", 2, 2)
    assert (second.name, second.count) == ("Opera Phenix or Operetta", 1)


def test_z_and_time_are_groups_only_where_they_differ() -> None:
    one = "p/r01c01f01p01-ch1sk1fk1fl1.tiff"
    assert "(?P<z>" not in fits([one])[0].pattern
    two = fits([one, one.replace("p01", "p02")])[0].pattern
    assert "(?P<z>" in two
    assert "(?P<time>" not in two


def test_inner_folders_name_no_plate() -> None:
    assert "(?P<plate>" not in fits(["images/orig/r01c01f01p01-ch1sk1fk1fl1.tiff"])[0].pattern
    assert fits(["x.tif"]) == []


def test_names_with_times() -> None:
    (found,) = fits(["v/plate_A1_2_00d03h30m.tif"], WITH_TIMES, fixed=())
    groups = Pattern.of(found.pattern, "pattern").fullmatch("v/plate_A1_2_00d03h30m.tif")
    assert groups == {"plate": "v", "well": "A1", "site": "2", "time": "00d03h30m"}
