"""In Cell: its own example, and a folder without an index."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.in_cell import InCell


def test_wells_fields_and_filters(tmp_path: Path) -> None:
    screen = InCell.fake(tmp_path)(tmp_path)
    assert screen.meta.to_dict("list") == {
        "plate": ["Plate1"] * 4,
        "well": ["A01", "A01", "B03", "B03"],
        "site": [1, 2, 1, 2],
    }
    assert (screen.channels, screen.pixel_size) == (("DAPI", "FITC"), 0.65)


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"no \.xdce file"):
        InCell()(tmp_path)
