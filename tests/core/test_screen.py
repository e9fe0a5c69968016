"""A screen's rows, channels and pixels stay together, whatever is taken of it."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen


def read(rows: Rows) -> Images:
    """Pixels that tell their row and their channel: 10 * row + channel."""
    pixels = 10 * rows[:, None] + np.arange(3)[None]
    return np.broadcast_to(pixels[..., None, None], (len(rows), 3, 2, 2)).astype(np.uint16)


def told(screen: Screen) -> list[list[int]]:
    """Row and channel of every image, as its pixels tell."""
    found: list[list[int]] = screen.read(np.arange(len(screen)))[:, :, 0, 0].tolist()
    return found


@pytest.fixture
def screen() -> Screen:
    meta = pd.DataFrame(
        {
            "plate": ["p1", "p1", "p2", "p2"],
            "well": ["A1", "A2", "A1", "A2"],
            "row": [0, 1, 2, 3],
            "control": [True, False, True, False],
        },
        index=[9, 8, 7, 6],
    )
    return Screen(meta=meta, channels=("dna", "tubulin", "actin"), read=read, size=(2, 2))


def test_rows_are_numbered_from_nought(screen: Screen) -> None:
    assert screen.meta.index.tolist() == [0, 1, 2, 3]
    assert len(screen) == 4


def test_where_take_and_select_compose(screen: Screen) -> None:
    some = screen.where("plate == 'p2' or control").take(np.array([2, 0])).select(["actin", "dna"])
    assert some.meta["row"].tolist() == [3, 0]
    assert some.meta.index.tolist() == [0, 1]
    assert told(some) == [[32, 30], [2, 0]]
    again = some.select(["dna"]).where("not control")
    assert told(again) == [[30]]
    assert again.channels == ("dna",)


def test_take_by_mask(screen: Screen) -> None:
    mask = np.array([False, True, False, True])
    assert told(screen.take(mask)) == [[10, 11, 12], [30, 31, 32]]
    with pytest.raises((IndexError, ValueError)):
        screen.take(np.array([True, False]))


def test_what_is_taken_leaves_the_screen(screen: Screen) -> None:
    screen.where("control").select(["dna"])
    assert told(screen)[3] == [30, 31, 32]
    assert screen.channels == ("dna", "tubulin", "actin")


def test_it_survives_pickling(screen: Screen) -> None:
    some = screen.where("not control").select(["tubulin"])
    back = pickle.loads(pickle.dumps(some))
    assert told(back) == told(some) == [[11], [31]]
    pd.testing.assert_frame_equal(back.meta, some.meta)


def test_an_unknown_channel_gets_its_nearest(screen: Screen) -> None:
    with pytest.raises(InputError, match="no channel 'tubuline'; did you mean 'tubulin'"):
        screen.select(["dna", "tubuline"])


def test_an_unknown_column_gets_its_nearest(screen: Screen) -> None:
    with pytest.raises(InputError, match="did you mean 'plate'"):
        screen.where("plat == 'p1'")
    with pytest.raises(InputError, match="keeps none of 4"):
        screen.where("plate == 'p9'")


def test_plate_and_well_are_required() -> None:
    with pytest.raises(InputError, match=r"lacks \['well'\]; it has \['plate'\]") as error:
        Screen(meta=pd.DataFrame({"plate": ["p"]}), channels=("a",), read=read, size=(2, 2))
    assert error.value.fix == "name the table's own columns with `columns`"


@pytest.mark.parametrize("channels", [(), ("dna", "dna")])
def test_channels_are_named_once_each(screen: Screen, channels: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="channels must be named once each"):
        Screen(meta=screen.meta, channels=channels, read=read, size=(2, 2))
