"""DeepProfiler projects: index, channels, locations."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.deep_profiler import DeepProfiler


def test_cells_are_counted_and_fields_without_locations_named(tmp_path: Path) -> None:
    layout = DeepProfiler.fake(tmp_path)
    assert layout(tmp_path).meta["count"].tolist() == [2.0, 3.0, 2.0, 3.0]
    (tmp_path / "inputs" / "locations" / "P1" / "A01-2-Nuclei.csv").unlink()
    assert layout(tmp_path).meta["count"].isna().tolist() == [False, True, False, False]
    (note,) = layout.problems(tmp_path)
    assert note.what == "1 field has no file of locations: P1 A01 2"


def test_an_image_that_is_gone(tmp_path: Path) -> None:
    layout = DeepProfiler.fake(tmp_path)
    (tmp_path / "inputs" / "images" / "P1" / "B02_1_ER.tif").unlink()
    with pytest.raises(InputError, match=r"no such image inputs/images/P1/B02_1_ER\.tif"):
        layout(tmp_path)


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"0 files metadata/index\.csv"):
        DeepProfiler()(tmp_path)
