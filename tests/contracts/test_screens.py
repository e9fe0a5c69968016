"""What every layout of the catalogue must do, whichever it is."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import UInt16

from phenolens.core.registry import catalogue
from phenolens.core.screen import REQUIRED, Screen
from phenolens.screens.base import FileLayout, RecognisedLayout

LAYOUTS = sorted(catalogue("screens"))
OF_FILES = [name for name in LAYOUTS if hasattr(catalogue("screens")[name].load(), "fake")]


def _skip_without(name: str) -> None:
    """Skip a layout whose files a package reads that the tests do without."""
    if name == "bioio":
        pytest.importorskip("bioio", reason="the extra bioio is not installed")


def example(name: str, root: Path) -> Screen:
    """Return the layout's own example, or the first rows of what its defaults give."""
    _skip_without(name)
    layout = catalogue("screens")[name].load()
    if name in OF_FILES:
        made: Screen = layout.fake(root)(root)
        return made
    whole: Screen = layout()(root)
    return whole.take(np.arange(min(4, len(whole))))


@pytest.fixture(scope="module", params=LAYOUTS)
def screen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Screen:
    return example(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def images(screen: Screen) -> UInt16[np.ndarray, "n channel height width"]:
    return screen.read(np.arange(len(screen)))


def test_every_row_has_pixels_of_the_promised_shape(
    screen: Screen, images: UInt16[np.ndarray, "n channel height width"]
) -> None:
    assert images.shape == (len(screen), len(screen.channels), *screen.size)
    assert images.dtype == np.uint16
    assert images.std() > 0


def test_the_table_is_whole(screen: Screen) -> None:
    assert len(screen) > 1
    assert screen.meta.index.tolist() == list(range(len(screen)))
    for name in REQUIRED:
        assert screen.meta[name].notna().all(), name
    assert not screen.meta.columns.duplicated().any()
    if "control" in screen.meta:
        assert screen.meta["control"].dtype == bool


def test_row_order_does_not_matter(
    screen: Screen, images: UInt16[np.ndarray, "n channel height width"]
) -> None:
    rows = np.arange(len(screen))
    np.testing.assert_array_equal(screen.read(rows[::-1]), images[::-1])
    np.testing.assert_array_equal(screen.read(rows[1:2]), images[1:2])
    np.testing.assert_array_equal(screen.read(np.array([1, 1])), images[[1, 1]])


def test_take_where_and_select_keep_rows_with_their_pixels(
    screen: Screen, images: UInt16[np.ndarray, "n channel height width"]
) -> None:
    taken = screen.take(np.array([1, 0]))
    np.testing.assert_array_equal(taken.read(np.array([0, 1])), images[[1, 0]])
    well = screen.meta["well"].iloc[-1]
    found = screen.where(f"well == {well!r}")
    kept = np.flatnonzero(screen.meta["well"] == well)
    assert found.meta["well"].eq(well).all()
    np.testing.assert_array_equal(found.read(np.arange(len(found))), images[kept])
    last = screen.select(screen.channels[-1:])
    np.testing.assert_array_equal(last.read(np.array([1])), images[1:2, -1:])


def test_a_screen_travels_to_other_processes(
    screen: Screen, images: UInt16[np.ndarray, "n channel height width"]
) -> None:
    again = pickle.loads(pickle.dumps(screen))
    np.testing.assert_array_equal(again.read(np.array([1])), images[[1]])
    assert again.meta.equals(screen.meta)


def test_two_readings_are_the_same_screen(
    screen: Screen,
    images: UInt16[np.ndarray, "n channel height width"],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    again = example(request.node.callspec.params["screen"], tmp_path)
    assert again.meta.equals(screen.meta)
    np.testing.assert_array_equal(again.read(np.arange(len(again))), images)


def test_there_are_layouts_of_files() -> None:
    assert {"bbbc021", "cells", "image_folder"} <= set(OF_FILES)


@pytest.mark.parametrize("name", OF_FILES)
def test_its_own_example_has_no_problem(name: str, tmp_path: Path) -> None:
    _skip_without(name)
    layout = catalogue("screens")[name].load().fake(tmp_path)
    assert isinstance(layout, FileLayout)
    assert isinstance(layout, RecognisedLayout)
    assert not list(layout.problems(tmp_path, pixels=True))
