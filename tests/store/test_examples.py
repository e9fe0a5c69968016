"""Examples are the first images of every treatment, of different plates, cut from the middle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.screen import Screen
from phenolens.pixels.rescale import Rescale
from phenolens.store.examples import example_images
from phenolens.store.limits import Limits


def test_two_of_each_treatment_from_two_plates(tiny_screen: Screen) -> None:
    order = np.random.default_rng(0).permutation(len(tiny_screen))
    shuffled = tiny_screen.take(order)
    limits = Limits.of(Rescale(mode="fixed", low=0, high=10_000)(shuffled))
    meta, images = example_images(shuffled, limits, side=16)
    assert meta.groupby("treatment")["plate"].apply(list).tolist() == [["p0", "p1"]] * 6
    assert (meta["site"] == 0).all()
    assert images.shape == (12, 2, 16, 16)
    row = tiny_screen.meta.query("treatment == 'c3@1.5' and plate == 'p1' and site == 0").index[0]
    middle = tiny_screen.read(np.array([row]))[0, :, 12:28, 16:32].astype(np.float64)
    expected = np.round(np.sqrt(np.clip(middle / 10_000, 0, 1)) * 255)
    place = meta.query("treatment == 'c3@1.5' and plate == 'p1'").index[0]
    assert np.abs(images[place].astype(float) - expected).max() <= 1  # float32 at a tie


def test_small_images_are_shown_whole(tiny_screen: Screen) -> None:
    limits = Limits.of(Rescale()(tiny_screen))
    assert example_images(tiny_screen, limits, side=128, each=1)[1].shape == (6, 2, 40, 40)


@pytest.mark.parametrize("absent", ["column", "values"])
def test_examples_are_chosen_per_well_where_there_is_no_treatment(
    tiny_screen: Screen, absent: str
) -> None:
    meta = tiny_screen.meta.drop(columns="treatment")
    screen = replace(tiny_screen, meta=meta if absent == "column" else meta.assign(treatment=None))
    meta, _ = example_images(screen, Limits.of(Rescale()(screen)), side=8)
    assert meta["well"].tolist() == [f"A{w:02d}" for w in range(1, 7) for _ in range(2)]
