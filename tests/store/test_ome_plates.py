"""A screen as OME-Zarr plates: the layout `ome_zarr` and zarr alone read what was written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen, UnreadableImage
from phenolens.pixels.rescale import Rescale
from phenolens.screens.ome_zarr import OmeZarr
from phenolens.store import ome_metadata
from phenolens.store.ome_plates import write_plates
from phenolens.store.reading import Workers

zarr = pytest.importorskip("zarr")
ONE = Workers(threads=1)
WELLS = ("B03", "P24", "B03", "A01", "C02")  # two sites of B03; rows differ from columns


def _pixels(rows: Rows) -> Images:
    y, x = np.arange(6), np.arange(9)
    planes = 100 * rows[:, None, None, None] + 10 * y[:, None] + x
    return np.concatenate([planes, planes + 7], axis=1).astype(np.uint16)


def example() -> Screen:
    """Return a sparse screen of two plates."""
    meta = pd.DataFrame(
        {
            "well": WELLS * 2,
            "plate": ["P2"] * 5 + ["P1"] * 5,
            "site": [1, 3, 7, 1, 1] * 2,
            "concentration": [0.1, np.nan, 3.0, 0.0, 1.0] * 2,
            "compound": ["x", None, "y", "DMSO", "x"] * 2,
            "control": [False, False, False, True, False] * 2,
        }
    )
    screen = Screen(meta=meta, channels=("DNA", "ER"), read=_pixels, size=(6, 9))
    return Rescale(low=1.0)(replace(screen, pixel_size=0.65))


def everything(screen: Screen) -> Images:
    return screen.read(np.arange(len(screen)))


def test_the_layout_reads_back_what_was_written(tmp_path: Path) -> None:
    screen = example()
    counts: list[tuple[int, int]] = []
    kept, left_out = write_plates(
        screen, tmp_path / "out", Workers(), lambda *at: counts.append(at)
    )
    assert (len(kept), left_out, counts[-1]) == (10, (), (10, 10))
    found = OmeZarr()(tmp_path / "out")
    pd.testing.assert_frame_equal(found.meta, screen.meta)
    assert np.array_equal(everything(found), everything(screen))
    assert (found.channels, found.size, found.pixel_size) == (("DNA", "ER"), (6, 9), 0.65)
    assert (found.history, found.rescale) == (screen.history, screen.rescale)
    alone = OmeZarr()(tmp_path / "out" / "P1.zarr")
    pd.testing.assert_frame_equal(alone.meta, screen.meta[5:].reset_index(drop=True))


def test_what_viewers_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By zarr alone, as the specification words it; rows and columns are not switched."""
    monkeypatch.setattr(ome_metadata, "_LARGE", 4)
    screen = example()
    write_plates(screen, tmp_path / "out", ONE)
    plate = zarr.open_group(tmp_path / "out" / "P2.zarr", mode="r")
    about = plate.attrs["ome"]["plate"]
    assert (len(about["rows"]), len(about["columns"]), about["field_count"]) == (16, 24, 2)
    wells = {well["path"]: (well["rowIndex"], well["columnIndex"]) for well in about["wells"]}
    assert wells == {"B/3": (1, 2), "P/24": (15, 23), "A/1": (0, 0), "C/2": (2, 1)}
    assert [image["path"] for image in plate["B/3"].attrs["ome"]["well"]["images"]] == ["0", "1"]
    image = plate["B/3/1"]  # the third row of the screen
    (scales,) = image.attrs["ome"]["multiscales"]
    assert [axis["name"] for axis in scales["axes"]] == ["c", "y", "x"]
    steps = [one["coordinateTransformations"][0]["scale"] for one in scales["datasets"]]
    assert steps == [[1.0, 0.65, 0.65], [1.0, 1.3, 1.3]]
    full = _pixels(np.array([2]))[0]
    np.testing.assert_array_equal(image["0"][:], full)
    assert image["0"].metadata.dimension_names == ("c", "y", "x")
    by_hand = np.rint(full[:, :, :8].reshape(2, 3, 2, 4, 2).mean(axis=(2, 4)) + 1e-9)
    np.testing.assert_array_equal(image["1"][:], by_hand)
    assert [channel["label"] for channel in image.attrs["ome"]["omero"]["channels"]] == [
        *("DNA", "ER")
    ]
    window = image.attrs["ome"]["omero"]["channels"][1]["window"]
    stack = _pixels(np.arange(5))[:, 1]
    assert [window["start"], window["end"]] == np.percentile(stack, (0.1, 99.9)).tolist()


def test_it_goes_on_and_is_not_opened_before(tmp_path: Path) -> None:
    screen, out, seen = example(), tmp_path / "out", list[int]()

    def read(rows: Rows, fail: int = -1) -> Images:
        if fail in rows and len(rows) > 1:
            raise OSError("the disk is gone")
        seen.extend(rows.tolist() if len(rows) > 1 else [])
        return screen.read(rows)

    with pytest.raises(OSError, match="disk is gone"):
        write_plates(replace(screen, read=lambda rows: read(rows, 9)), out, ONE)
    with pytest.raises(InputError, match="its plates are not finished; run the command"):
        OmeZarr()(out)
    with pytest.raises(InputError, match="its plates are not finished"):
        OmeZarr()(out / "P2.zarr")
    assert seen == list(range(8))
    cut = out / "P2.zarr" / "A" / "1" / "0" / "zarr.json"
    cut.write_text(cut.read_text()[:100])
    seen.clear()
    write_plates(replace(screen, read=read), out, ONE)
    assert seen == [3, 8, 9]
    assert np.array_equal(everything(OmeZarr()(out)), everything(screen))
    seen.clear()
    write_plates(replace(screen, read=read), out, ONE)
    assert seen == []
    with pytest.raises(InputError, match="holds the plates of another screen"):
        write_plates(screen.take(np.arange(4)), out, ONE)


def test_images_that_cannot_be_read_are_not_in_the_plates(tmp_path: Path) -> None:
    screen, out = example(), tmp_path / "out"

    def read(rows: Rows) -> Images:
        if 2 in rows:
            raise UnreadableImage("is empty", where="2.tif")
        return screen.read(rows)

    broken = replace(screen, read=read, left_out=())
    for _ in range(2):  # written, and found again
        kept, left_out = write_plates(broken, out, ONE)
        assert (len(kept), left_out) == (9, ("2.tif: is empty",))
    found = OmeZarr()(out)
    pd.testing.assert_frame_equal(found.meta, kept.meta)
    assert np.array_equal(everything(found), everything(kept))


def test_what_cannot_be_written_and_folders_of_others(tmp_path: Path) -> None:
    screen = example()
    for column, value, message in (
        ("well", "7", "well '7' has no row and column"),
        ("plate", "a/b", "'a/b' cannot be the name of a file"),
    ):
        with pytest.raises(InputError, match=message):
            write_plates(replace(screen, meta=screen.meta.assign(**{column: value})), tmp_path, ONE)
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InputError, match=r"holds mine.txt, and no export\.json"):
        write_plates(screen, tmp_path, ONE)
    (tmp_path / "export.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(InputError, match="is not that of OME-Zarr plates"):
        write_plates(screen, tmp_path, ONE)
    with pytest.raises(InputError, match="is a file, and plates need a folder"):
        write_plates(screen, tmp_path / "mine.txt", ONE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.json", "mine.txt"]
