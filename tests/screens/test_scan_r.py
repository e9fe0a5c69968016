"""ScanR: real metadata without the image that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.scan_r import ScanR


def test_the_image_of_real_metadata_is_missed_by_name(data_dir: Path) -> None:
    with pytest.raises(InputError, match=r"no such image B2--W00014--P00001--Z00000--T00000--405"):
        ScanR()(data_dir / "instrument-layouts" / "scanr")


def test_planes_in_the_folder_data(tmp_path: Path) -> None:
    screen = ScanR.fake(tmp_path)(tmp_path)
    assert screen.meta["well"].tolist() == ["A01", "A01", "B02", "B02"]
    assert (screen.channels, screen.pixel_size) == (("405 nm #1", "488 nm #1"), 0.325)


def test_a_folder_without_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"no metadata\.ome\.xml"):
        ScanR()(tmp_path)
