"""Plates of a folder become one listing; names, paths and hours by hand."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from phenolens.images.contents import Contents
from phenolens.instruments.plate_index import PlateIndex, files_of, listing_of, with_hours


def table() -> pd.DataFrame:
    return pd.DataFrame({"well": ["A01", "A02"], "z": [1, 1], "url": ["a.tif", "b.tif"], "id": 7})


def test_only_what_describes_files_is_kept_and_a_single_plane_says_nothing() -> None:
    files = files_of(table(), PurePosixPath("P1/images"), "url")
    assert files.to_dict("list") == {
        "well": ["A01", "A02"],
        "path": ["P1/images/a.tif", "P1/images/b.tif"],
    }


def test_plates_are_named_and_their_channels_joined_in_order(tmp_path: Path) -> None:
    files = files_of(table(), PurePosixPath(), "url")
    found = listing_of(
        {
            "index.xml": PlateIndex(plate="", files=files, channels=("b", "a"), pixel_size=0.5),
            "x/index.xml": PlateIndex(plate="P", files=files, channels=("a", "c")),
        },
        "index.xml",
        Contents.of(tmp_path),
    )
    assert found.files["plate"].tolist() == [tmp_path.name] * 2 + ["P"] * 2
    assert found.order == ("b", "a", "c")
    assert found.pixel_sizes == {"index.xml": 0.5}


def test_hours_are_from_the_first_time_point_on() -> None:
    timed = table().assign(timepoint=[3, 4])
    made = with_hours(timed, pd.Series([100.0, 100.0 + 5400]))
    assert made["time"].tolist() == [0.0, 1.5]
    assert "timepoint" not in made


@pytest.mark.parametrize("seconds", [[5.0, None], [5.0, 5.0]])
def test_without_hours_the_numbers_stay(seconds: list[float | None]) -> None:
    timed = table().assign(timepoint=[3, 4])
    made = with_hours(timed, pd.Series(seconds, dtype=float))
    assert made["timepoint"].tolist() == [3, 4]
    assert "time" not in made
