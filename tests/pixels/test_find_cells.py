"""`find_cells` cuts a crop around each simulated nucleus."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen, UnreadableImage
from phenolens.pixels.find_cells import FindCells
from phenolens.screens.synthetic import Synthetic


@pytest.fixture(scope="module")
def fields() -> Screen:
    screen = Synthetic()(Path()).take(np.array([0, 400]))
    pixels = screen.read(np.arange(2))
    return replace(screen, read=lambda rows: pixels[rows], identify=None)


def test_a_crop_is_around_a_true_nucleus(fields: Screen) -> None:
    made = FindCells(side=32)(fields)
    own = made.meta[made.meta["plate"] == fields.meta["plate"].iloc[0]]
    truth = Synthetic().truth(0).nuclear_mask
    y, x = (np.rint(own[name]).astype(int) for name in ("centre_y", "centre_x"))
    assert (truth[y, x] > 0).mean() > 0.9
    facts = made.history[0]["facts"]
    assert facts["channel"] == "DNA"
    assert facts["cells"] == len(made) + facts["at_the_border"]
    whole = FindCells(side=32, border="shift")(fields)
    assert len(whole) == facts["cells"]
    assert whole.read(np.arange(len(whole))).shape == (len(whole), 3, 32, 32)


def test_what_cannot_be_cut_is_refused(fields: Screen) -> None:
    with pytest.raises(InputError, match="crops of cells already"):
        FindCells()(replace(fields, level="cell"))
    with pytest.raises(InputError, match="channel: no channel 'ER'"):
        FindCells(channel="ER")(fields)
    with pytest.raises(InputError, match="diameter: must be at least 0"):
        FindCells(diameter=-1)
    dark = replace(fields, read=lambda rows: np.zeros((len(rows), 1, 256, 256), np.uint16))
    with pytest.raises(InputError, match="no cell was found"):
        FindCells()(replace(dark, channels=("DNA",)))


def test_a_field_that_cannot_be_read_is_left_out_and_named(fields: Screen) -> None:
    read = fields.read

    def damaged(rows: Rows) -> Images:
        if 1 in rows:
            raise UnreadableImage("is damaged", where="B02.tif")
        return read(rows)

    three = replace(
        fields,
        meta=fields.meta.iloc[[0, 1, 0]],
        read=lambda rows: damaged(np.where(rows == 2, 0, rows)),
        left_out=(),
    )
    made = FindCells(side=32)(three)
    assert made.left_out == ("B02.tif: is damaged",)
    assert set(made.meta["plate"]) == {fields.meta["plate"].iloc[0]}
    alone = FindCells(side=32)(fields.take(np.array([0])))
    np.testing.assert_array_equal(
        made.read(np.arange(len(alone), 2 * len(alone))), alone.read(np.arange(len(alone)))
    )
    with pytest.raises(UnreadableImage, match="is damaged"):
        FindCells(side=32)(replace(three, left_out=None))


def test_the_weights_of_a_segmenter_are_part_of_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"weights")
    made = FindCells(segmenter=f"cellpose:{tmp_path / 'w'}")
    assert made.sha256 == hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "w").write_bytes(b"others")
    with pytest.raises(InputError, match="the weights have SHA-256"):
        replace(made, side=32)
    assert FindCells().sha256 == ""
