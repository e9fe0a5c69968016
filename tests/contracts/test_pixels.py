"""What every step found in pixels/ promises. A new step is held to it without an edit here."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.registry import build, catalogue
from phenolens.core.screen import Images, Read, Rows, Screen
from phenolens.pixels.base import PixelStep, apply_chain
from phenolens.pixels.rescale import Rescale
from phenolens.pixels.where import Where
from phenolens.store import pixel_store
from phenolens.store.fingerprint import fingerprint
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import open_store, prepare


@dataclass(frozen=True, kw_only=True)
class Quarter:
    """Cut every image into four: a step that changes the rows, as finding cells does."""

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of quarters."""
        height, width = (side // 2 for side in screen.size)
        meta = screen.meta.loc[screen.meta.index.repeat(4)].reset_index(drop=True)
        meta["cell"] = np.tile(np.arange(4), len(screen))
        quarters = replace(
            screen,
            meta=meta,
            read=partial(_read_quarters, screen.read, (height, width)),
            size=(height, width),
            level="cell",
        )
        return screen.after(self, quarters, cells=len(meta))

    @classmethod
    def example(cls, screen: Screen) -> Quarter:  # noqa: ARG003
        """Return the step."""
        return cls()


def _read_quarters(read: Read, size: tuple[int, int], rows: Rows) -> Images:
    height, width = size
    whole = read(rows // 4)[..., : 2 * height, : 2 * width]
    parts = whole.reshape(*whole.shape[:2], 2, height, 2, width)
    row, column = np.divmod(rows % 4, 2)
    return parts[np.arange(len(rows)), :, row, :, column]


@dataclass(frozen=True, kw_only=True)
class KeepBright:
    """Drop dark images: a step that drops rows by their pixels, which it must read."""

    least: float = 1500.0

    lazy: ClassVar[bool] = False

    def __call__(self, screen: Screen) -> Screen:
        """Return the screen of the bright images."""
        means = [screen.read(np.array([row])).mean() for row in range(len(screen))]
        return screen.keep(self, np.array(means) >= self.least, darkest=min(means))

    @classmethod
    def example(cls, screen: Screen) -> KeepBright:
        """Return the step that drops the darkest image."""
        means = [screen.read(np.array([row])).mean() for row in range(len(screen))]
        return cls(least=float(np.partition(means, 1)[1]))


STEPS: dict[str, type[Any]] = {
    **{name: entry.load() for name, entry in catalogue("pixels").items()},
    "quarter": Quarter,
    "keep_bright": KeepBright,
}
NAMES = pytest.mark.parametrize("name", STEPS)


@pytest.fixture
def step(name: str, tiny_screen: Screen) -> Any:
    """Return the step's own example."""
    return STEPS[name].example(tiny_screen)


def everything(screen: Screen) -> Images:
    return screen.read(np.arange(len(screen)))


def no_read(_: Rows) -> Images:
    raise AssertionError("pixels were read")


def test_the_catalogue_lists_the_steps() -> None:
    assert {"where", "select_channels", "resize", "rescale"} <= set(catalogue("pixels"))


@NAMES
def test_it_is_a_frozen_keyword_dataclass_with_a_summary(name: str, step: Any) -> None:
    assert isinstance(step, PixelStep)
    assert dataclasses.is_dataclass(step)
    assert all(field.kw_only for field in dataclasses.fields(step))
    for field in dataclasses.fields(step):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(step, field.name, None)
    if name in catalogue("pixels"):
        assert catalogue("pixels")[name].summary.endswith(".")
        table = {"step": name, **dataclasses.asdict(step)}
        assert build("pixels", table, "pixels.0") == step


@NAMES
def test_it_is_pure_and_written_into_the_history(name: str, step: Any, tiny_screen: Screen) -> None:
    meta, pixels = tiny_screen.meta.copy(), everything(tiny_screen)
    made = step(tiny_screen)
    pd.testing.assert_frame_equal(tiny_screen.meta, meta)
    assert np.array_equal(everything(tiny_screen), pixels)
    assert tiny_screen.history == ()
    (entry,) = made.history
    assert set(entry) == {"step", "parameters", "images_in", "images_out", "facts"}
    assert entry["step"] == name
    assert set(entry["parameters"]) == {field.name for field in dataclasses.fields(step)}
    assert (entry["images_in"], entry["images_out"]) == (24, len(made))
    assert step(tiny_screen).history == made.history


@NAMES
def test_it_reads_no_pixel_before_it_must(step: Any, tiny_screen: Screen) -> None:
    blind = replace(tiny_screen, read=no_read)
    if getattr(step, "lazy", True):
        step(blind)
    else:
        with pytest.raises(AssertionError, match="pixels were read"):
            step(blind)


@NAMES
def test_every_row_has_its_pixels(step: Any, tiny_screen: Screen) -> None:
    made = step(tiny_screen)
    images = everything(made)
    assert images.shape == (len(made), len(made.channels), *made.size)
    assert images.dtype == np.uint16
    rows = np.array([len(made) - 1, 0, 0])
    assert np.array_equal(made.read(rows), images[rows])
    assert np.array_equal(made.read(rows[:1]), images[rows[:1]])


@NAMES
def test_the_order_of_rows_does_not_matter(step: Any, tiny_screen: Screen) -> None:
    """Shuffled images give the same rows, each with the same pixels."""
    made = step(tiny_screen)
    again = step(tiny_screen.take(np.random.default_rng(0).permutation(24)))
    by = [name for name in ("plate", "well", "site", "cell") if name in made.meta]
    one, two = (s.take(s.meta.sort_values(by).index.to_numpy()) for s in (made, again))
    pd.testing.assert_frame_equal(one.meta, two.meta)
    assert np.array_equal(everything(one), everything(two))


@NAMES
def test_what_it_makes_goes_to_other_processes(step: Any, tiny_screen: Screen) -> None:
    made = step(tiny_screen)
    again = pickle.loads(pickle.dumps(made))
    assert np.array_equal(everything(again), everything(made))
    assert again.history == made.history
    assert again.rescale == made.rescale


@NAMES
def test_the_store_gives_it_back(step: Any, tiny_screen: Screen, tmp_path: Path) -> None:
    made = step(tiny_screen)
    opened = prepare(made, tmp_path)
    assert np.array_equal(everything(opened), everything(made))
    pd.testing.assert_frame_equal(opened.meta, made.meta, check_dtype=False)
    for name in ("channels", "size", "level", "pixel_size", "history", "rescale"):
        assert getattr(opened, name) == getattr(made, name)


@NAMES
def test_nothing_follows_the_intensity_rule(step: Any, tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="last pixel step"):
        step(Rescale()(tiny_screen))


def test_steps_that_change_and_drop_rows_work_to_the_end(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quarters of bright images through a kill, a store and their limits."""
    monkeypatch.setattr(pixel_store, "CHUNK", 7)
    least = float(everything(tiny_screen)[5].mean())
    steps = (KeepBright(least=least), Quarter(), Where(query="cell != 3"), Rescale())
    screen = apply_chain(steps, tiny_screen)
    bright = everything(tiny_screen).mean(axis=(1, 2, 3)) >= least
    assert 0 < bright.sum() < 24
    assert len(screen) == 3 * bright.sum()
    assert [(e["images_in"], e["images_out"]) for e in screen.history] == [
        (24, bright.sum()),
        (bright.sum(), 4 * bright.sum()),
        (4 * bright.sum(), 3 * bright.sum()),
        (3 * bright.sum(), 3 * bright.sum()),
    ]
    assert screen.history[0]["facts"]["dropped"] == 24 - bright.sum()

    def broken(rows: Rows) -> Images:
        if len(rows) > 1 and 20 in rows:
            raise OSError("the disk is gone")
        return screen.read(rows)

    with pytest.raises(OSError, match="disk is gone"):
        prepare(replace(screen, read=broken), tmp_path, threads=1)
    prepare(screen, tmp_path)
    opened = open_store(tmp_path)
    assert fingerprint(opened) == fingerprint(screen)
    assert opened.level == "cell"
    row = int(np.flatnonzero(opened.meta["cell"] == 1)[2])
    field = opened.meta.loc[row, ["plate", "well", "site"]].tolist()
    at = tiny_screen.meta[["plate", "well", "site"]].eq(field).all(axis=1).to_numpy().argmax()
    wanted = tiny_screen.read(np.array([at]))[:, :, :20, 24:]
    assert np.array_equal(opened.read(np.array([row])), wanted)
    assert Limits.of(opened).on(opened).codes.shape == (len(opened),)
