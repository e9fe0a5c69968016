"""Metadata of OME-Zarr plates: a real one, sparse ones, and indexes that contradict the path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.ngff import absent_wells, attributes, images_of, is_plate

PLATE: dict[str, Any] = {
    "rows": [{"name": "A"}, {"name": "B"}],
    "columns": [{"name": "1"}, {"name": "2"}, {"name": "3"}],
    "wells": [{"path": "B/3", "rowIndex": 1, "columnIndex": 2}],
}


def _json(folder: Path, **about: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".zattrs").write_text(json.dumps(about))


def test_a_real_plate(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "ome-zarr" / "plate_ones.zarr"
    (image,) = images_of(root)
    assert (image.well, image.site, image.array, image.axes) == ("B03", 1, "B/03/0/0", "czyx")
    assert (image.channels, image.pixel_size) == (("some-label-1", "some-label-2"), 0.1625)
    assert absent_wells(root) == []


def test_rows_and_columns_are_not_switched(tmp_path: Path) -> None:
    switched = {**PLATE, "wells": [{"path": "B/3", "rowIndex": 2, "columnIndex": 1}]}
    _json(tmp_path, plate=switched)
    with pytest.raises(InputError, match="which the plate does not list"):
        list(images_of(tmp_path))
    _json(tmp_path, plate={**PLATE, "wells": [{"path": "B/1", "rowIndex": 0, "columnIndex": 1}]})
    with pytest.raises(InputError, match="has the indexes of A02: rows and columns may be"):
        list(images_of(tmp_path))


def test_wells_without_a_folder_are_named(tmp_path: Path) -> None:
    _json(tmp_path, plate=PLATE)
    assert is_plate(tmp_path)
    assert list(images_of(tmp_path)) == []
    assert absent_wells(tmp_path) == ["B/3"]


def test_units_and_axes(tmp_path: Path) -> None:
    _json(tmp_path, plate=PLATE)
    _json(tmp_path / "B" / "3", well={"images": [{"path": "0", "acquisition": 2}]})
    axes = [{"name": "y", "unit": "nanometer"}, {"name": "x", "unit": "nanometer"}]
    scale = {"type": "scale", "scale": [650, 650]}
    level = {"path": "0", "coordinateTransformations": [scale]}
    _json(tmp_path / "B" / "3" / "0", multiscales=[{"axes": axes, "datasets": [level]}])
    (image,) = images_of(tmp_path)
    assert image.pixel_size == pytest.approx(0.65)
    assert (image.acquisition, image.axes, image.channels) == (2, "yx", ())
    axes.append({"name": "q", "unit": ""})
    _json(tmp_path / "B" / "3" / "0", multiscales=[{"axes": axes, "datasets": [level]}])
    with pytest.raises(InputError, match="has axes 'yxq'"):
        list(images_of(tmp_path))


@pytest.mark.parametrize("path", ["../B/3", "/B/3", "x/../B/3"])
def test_paths_do_not_lead_out(tmp_path: Path, path: str) -> None:
    _json(tmp_path / "p.zarr", plate={**PLATE, "wells": [{"path": path}]})
    with pytest.raises(InputError, match="leads out of it"):
        list(images_of(tmp_path / "p.zarr"))
    _json(tmp_path / "p.zarr", plate=PLATE)
    _json(tmp_path / "p.zarr" / "B" / "3", well={"images": [{"path": path}]})
    with pytest.raises(InputError, match="leads out of it"):
        list(images_of(tmp_path / "p.zarr"))


@pytest.mark.parametrize("about", [{"multiscales": [{}]}, {"multiscales": [3]}])
def test_metadata_of_another_form(tmp_path: Path, about: dict[str, Any]) -> None:
    _json(tmp_path, plate=PLATE)
    _json(tmp_path / "B" / "3", well={"images": [{"path": "0"}]})
    _json(tmp_path / "B" / "3" / "0", **about)
    with pytest.raises(InputError, match="not those of OME-Zarr"):
        list(images_of(tmp_path))


def test_metadata_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "zarr.json").write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        attributes(tmp_path)
    assert not is_plate(tmp_path)
    (tmp_path / "zarr.json").write_text('{"attributes": {"ome": {}}}')
    with pytest.raises(InputError, match="has no 'plate'"):
        list(images_of(tmp_path))


@pytest.mark.parametrize(
    "plate",
    [
        [],
        {**PLATE, "rows": [{}]},
        {**PLATE, "wells": ["B/3"]},
        {**PLATE, "wells": 3},
        {**PLATE, "wells": [{"path": "B/3", "rowIndex": -1, "columnIndex": 2}]},
        {**PLATE, "wells": [{"path": "B/3", "rowIndex": "1", "columnIndex": 2}]},
    ],
)
def test_metadata_of_another_form_are_named(tmp_path: Path, plate: Any) -> None:
    _json(tmp_path, plate=plate)
    with pytest.raises(InputError):
        list(images_of(tmp_path))
