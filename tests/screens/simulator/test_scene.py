from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.conditions import conditions
from phenolens.screens.simulator.design import Well
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.scene import compose, photograph
from phenolens.screens.simulator.streams import Stream, stream

CLEAR = conditions(0, Well(0, 0, 1, 0, -1, 0.0), 1, 0.0)


def _picture(size: int, pixel_size: float, **changes: float) -> np.ndarray:
    scene = compose(stream(0, Stream.SITE, 0), Phenotype(**changes), size, pixel_size)
    return photograph(stream(0, Stream.SITE, 1), scene, CLEAR)


def test_size_and_scale_are_free() -> None:
    for size, pixel_size in ((64, 0.5), (101, 0.33), (48, 1.0)):
        picture = _picture(size, pixel_size)
        assert picture.shape == (3, size, size)
        assert picture.dtype == np.uint16


def test_brightness_hardly_depends_on_the_pixel_size() -> None:
    levels = [np.median(_picture(s, p), axis=(1, 2)) for s, p in ((320, 0.4), (160, 0.8))]
    assert np.all(np.abs(np.log(levels[0] / levels[1])) < 0.35)


def test_an_empty_field_is_background() -> None:
    picture = _picture(64, 0.5, density=1e-6)
    assert np.allclose(picture.mean(axis=(1, 2)), CLEAR.background, rtol=0.02)


def test_cells_reach_the_rim_of_the_field() -> None:
    scenes = [compose(stream(s, Stream.SITE), Phenotype(), 256, 0.5) for s in range(8)]
    cover = np.mean([s.territory.inside[s.window, s.window] for s in scenes], axis=0)
    assert cover[:4].mean() > 0.85 * cover[100:156, 100:156].mean()
