"""OME-Zarr: a plate that others wrote, sparse plates of both versions, and odd images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.screens.ome_zarr import OmeZarr

zarr = pytest.importorskip("zarr")


def test_a_real_plate(data_dir: Path) -> None:
    screen = OmeZarr()(data_dir / "instrument-layouts" / "ome-zarr")
    assert (screen.channels, screen.size) == (("some-label-1", "some-label-2"), (4320, 2560))
    assert screen.meta.to_dict("list") == {
        "plate": ["plate_ones"] * 2,
        "well": ["B03"] * 2,
        "site": [1, 1],
        "z": [1, 2],
    }
    assert (screen.read(np.array([1])) == 1).all()
    assert screen.pixel_size == 0.1625


def test_both_versions_are_one_screen(tmp_path: Path) -> None:
    screen = OmeZarr.fake(tmp_path)(tmp_path)
    pixels = zarr.open_array(tmp_path / "P2.zarr" / "B" / "3" / "1" / "0", mode="r")
    row = screen.meta.query("plate == 'P2' and well == 'B03' and site == 2").index[0]
    np.testing.assert_array_equal(screen.read(np.array([row]))[0], pixels[:][:, 0])
    one = OmeZarr(names={"ER": "Actin"}, channels=("Actin",))(tmp_path)
    np.testing.assert_array_equal(one.read(np.array([row]))[0, 0], pixels[:][1, 0])
    alone = OmeZarr()(tmp_path / "P1.zarr")
    assert alone.meta["plate"].unique().tolist() == ["P1"]


def test_a_platemap_and_a_well_that_is_absent(tmp_path: Path) -> None:
    OmeZarr.fake(tmp_path)
    (tmp_path / "map.csv").write_text("well,compound\na1,DMSO\nB3,taxol\nB2,x\n")
    path = tmp_path / "P1.zarr" / ".zattrs"
    about = json.loads(path.read_text())
    about["plate"]["wells"].append({"path": "B/2", "rowIndex": 1, "columnIndex": 1})
    path.write_text(json.dumps(about))
    layout = OmeZarr(table="map.csv")
    assert layout(tmp_path).meta["compound"].tolist() == ["DMSO", "DMSO", "taxol", "taxol"] * 2
    assert [problem.kind for problem in layout.problems(tmp_path)] == ["empty well", "unused row"]


def test_an_image_of_another_size_and_unknown_channels(tmp_path: Path) -> None:
    OmeZarr.fake(tmp_path)
    zarr.create_array(
        tmp_path / "P2.zarr" / "A" / "1" / "0" / "0",
        shape=(2, 1, 8, 8),
        dtype="uint16",
        zarr_format=3,
        overwrite=True,
    )
    with pytest.raises(InputError, match="has other axes, sizes or channels"):
        OmeZarr()(tmp_path)
    with pytest.raises(InputError, match="no channel 'DAPI'"):
        OmeZarr(channels=("DAPI",))(tmp_path)


def test_a_damaged_chunk_is_named(tmp_path: Path) -> None:
    layout = OmeZarr.fake(tmp_path)
    (chunk, *_) = (tmp_path / "P1.zarr" / "A" / "1" / "0" / "0").glob("0.0.0.0")
    chunk.write_bytes(b"nonsense")
    (problem,) = layout.problems(tmp_path, pixels=True)
    assert problem.kind == "unreadable image"
    assert "P1.zarr/A/1/0/0" in problem.where
