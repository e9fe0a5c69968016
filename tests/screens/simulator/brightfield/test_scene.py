from __future__ import annotations

from dataclasses import replace

import numpy as np

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.conditions import conditions
from phenolens.screens.simulator.brightfield.design import Well
from phenolens.screens.simulator.brightfield.scene import BARE, OFFSET, compose, photograph
from phenolens.screens.simulator.streams import Stream, stream

USUAL = conditions(0, Well(0, 0, 0, 1, 200, -1, 0.0), 1, 0.0)


def test_a_margin_surrounds_the_field() -> None:
    scene = compose(stream(0, Stream.SITE), Appearance(), 96, 1.24)
    assert scene.phase.shape[0] >= 96 + 2 * 16
    assert scene.phase[scene.window, scene.window].shape == (96, 96)


def test_a_picture_is_sixteen_bits_around_the_bare_ground() -> None:
    scene = compose(stream(0, Stream.SITE), Appearance(density=0.3), 96, 1.24)
    image = photograph(stream(1, Stream.SITE), scene, USUAL)
    assert image.dtype == np.uint16
    assert image.shape == (96, 96)
    assert abs(np.median(image) / (BARE + OFFSET) - 1) < 0.03
    again = photograph(stream(1, Stream.SITE), scene, USUAL)
    assert np.array_equal(image, again)
    brighter = photograph(stream(1, Stream.SITE), scene, replace(USUAL, gain=1.3))
    assert brighter.mean() > 1.25 * image.mean()


def test_cells_make_the_contrast_and_not_the_noise() -> None:
    empty = compose(stream(0, Stream.SITE), Appearance(density=1e-9, debris=0.0), 96, 1.24)
    cells = compose(stream(0, Stream.SITE), Appearance(), 96, 1.24)
    quiet, busy = (
        photograph(stream(1, Stream.SITE), scene, USUAL).astype(float).std()
        for scene in (empty, cells)
    )
    assert busy > 5 * quiet
