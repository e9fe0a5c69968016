"""A screen's rows, channels and pixels stay together, whatever is taken of it."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, IntensityRule, Rows, Screen


def read(rows: Rows) -> Images:
    """Pixels that show their row and their channel: 10 * row + channel."""
    pixels = 10 * rows[:, None] + np.arange(3)[None]
    return np.broadcast_to(pixels[..., None, None], (len(rows), 3, 2, 2)).astype(np.uint16)


def pixels_of(screen: Screen) -> list[list[int]]:
    """Row and channel of every image, as its pixels show."""
    values: list[list[int]] = screen.read(np.arange(len(screen)))[:, :, 0, 0].tolist()
    return values


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


def test_rows_are_numbered_from_0(screen: Screen) -> None:
    assert screen.meta.index.tolist() == [0, 1, 2, 3]
    assert len(screen) == 4


def test_where_take_and_select_compose(screen: Screen) -> None:
    some = screen.where("plate == 'p2' or control").take(np.array([2, 0])).select(["actin", "dna"])
    assert some.meta["row"].tolist() == [3, 0]
    assert some.meta.index.tolist() == [0, 1]
    assert pixels_of(some) == [[32, 30], [2, 0]]
    again = some.select(["dna"]).where("not control")
    assert pixels_of(again) == [[30]]
    assert again.channels == ("dna",)


def test_take_by_mask(screen: Screen) -> None:
    mask = np.array([False, True, False, True])
    assert pixels_of(screen.take(mask)) == [[10, 11, 12], [30, 31, 32]]
    with pytest.raises((IndexError, ValueError)):
        screen.take(np.array([True, False]))


def test_what_is_taken_leaves_the_screen(screen: Screen) -> None:
    screen.where("control").select(["dna"])
    assert pixels_of(screen)[3] == [30, 31, 32]
    assert screen.channels == ("dna", "tubulin", "actin")


def test_it_survives_pickling(screen: Screen) -> None:
    some = screen.where("not control").select(["tubulin"])
    back = pickle.loads(pickle.dumps(some))
    assert pixels_of(back) == pixels_of(some) == [[11], [31]]
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
    with pytest.raises(InputError, match="each channel must be named once"):
        Screen(meta=screen.meta, channels=channels, read=read, size=(2, 2))


@dataclass(frozen=True, kw_only=True)
class Evens:
    """A pixel step that keeps images by their number."""

    of: str = "row"

    def mask(self, screen: Screen) -> Any:
        """Which images have an even number."""
        return screen.meta[self.of].to_numpy() % 2 == 0


def test_a_step_is_written_into_the_history(screen: Screen) -> None:
    once = screen.after(Evens(), screen.select(["actin"]), size=(2, 2), share=np.float64(0.5))
    assert screen.history == ()
    assert once.channels == ("actin",)
    assert once.history == (
        {
            "step": "evens",
            "parameters": {"of": "row"},
            "images_in": 4,
            "images_out": 4,
            "facts": {"size": [2, 2], "share": 0.5},
        },
    )
    fresh = replace(once.take(np.array([0])), history=())  # a step that builds its result anew
    twice = once.after(Evens(), fresh)
    assert [entry["images_out"] for entry in twice.history] == [4, 1]
    assert twice.take(np.array([0])).history == twice.history


def test_dropped_images_are_counted_and_the_first_named(screen: Screen) -> None:
    step = Evens()
    kept = screen.keep(step, step.mask(screen), why="odd")
    assert pixels_of(kept) == [[0, 1, 2], [20, 21, 22]]
    (entry,) = kept.history
    assert (entry["images_in"], entry["images_out"]) == (4, 2)
    assert entry["facts"] == {"dropped": 2, "dropped_first": ["p1 A2", "p2 A2"], "why": "odd"}


def test_a_step_that_keeps_nothing_is_refused(screen: Screen) -> None:
    with pytest.raises(InputError, match="'evens' keeps none of 4 images"):
        screen.keep(Evens(), np.zeros(4, dtype=bool))


def test_no_step_follows_the_intensity_rule(screen: Screen) -> None:
    ruled = replace(screen, rescale=IntensityRule())
    with pytest.raises(InputError, match=r"'evens' cannot follow .*; make 'rescale' the last"):
        ruled.after(Evens(), ruled)
    assert ruled.where("control").select(["dna"]).rescale == IntensityRule()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 5.0, "high": 5.0}, r"low: must be below high \(5.0\), got 5.0"),
        ({"low": -1.0}, "low: must be from 0 to 100, got -1.0"),
        ({"high": 101.0}, "high: must be from 0 to 100, got 101.0"),
    ],
)
def test_impossible_limits_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        IntensityRule(**settings)  # type: ignore[arg-type]
