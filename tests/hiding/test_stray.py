"""Stray light that was added by hand is taken away again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from phenolens.hiding.stray import Stray

SIDE = 128
LEVEL = np.array([1.0, 2.0])
HAZE = np.array([0.3, 0.0])


def field(cells: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a field whose first channel has stray light, where cells are, and its ground."""
    y, x = np.mgrid[:SIDE, :SIDE]
    hide = np.zeros((SIDE, SIDE), dtype=bool)
    for cy, cx in rng.integers(10, SIDE - 10, size=(cells, 2)):
        hide |= (y - cy) ** 2 + (x - cx) ** 2 < 6**2
    light = np.stack([4.0 * hide, 5.0 * hide])
    haze = HAZE[:, None, None] * np.stack([ndimage.gaussian_filter(one, 12.0) for one in light])
    pixels = LEVEL[:, None, None] + light + haze + rng.normal(0, 0.01, size=light.shape)
    return pixels.astype(np.float32), hide, ~ndimage.binary_dilation(hide, iterations=3)


def test_weights_found_in_few_cells_hold_for_many() -> None:
    rng = np.random.default_rng(0)
    stray = Stray.of([field(count, rng) for count in (1, 2, 4, 8) * 4], rng)
    assert stray.level == pytest.approx(LEVEL, abs=0.03)
    pixels, hide, ground = field(30, rng)
    before, after = pixels[0][ground].mean(), stray.without(pixels, hide)[0][ground].mean()
    assert before - 1 > 0.1  # so much stray light is there
    assert after == pytest.approx(1, abs=0.1 * float(before - 1))
    assert stray.without(pixels, hide)[1][ground].mean() == pytest.approx(2, abs=0.03)


def test_a_brighter_lamp_is_not_stray_light() -> None:
    rng = np.random.default_rng(2)
    images = []
    for gain in rng.normal(1, 0.1, size=12):
        pixels, hide, ground = field(4, rng)
        images.append((np.float32(gain) * pixels, hide, ground))
    assert Stray.of(images, rng).weights[1].sum() < 0.02  # the channel has none


def test_a_field_without_cells_stays_as_it_is() -> None:
    rng = np.random.default_rng(1)
    stray = Stray.of([field(4, rng)], rng)
    pixels, hide, _ = field(0, rng)
    assert np.array_equal(stray.without(pixels, hide), pixels)
