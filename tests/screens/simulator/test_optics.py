from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from phenolens.screens.simulator.optics import TALL_BLUR, illumination, image_of


def test_a_focused_image_is_a_gaussian_blur_and_keeps_its_light() -> None:
    rng = np.random.default_rng(0)
    light = rng.random((96, 96)).astype(np.float32)
    seen = image_of(light, np.zeros_like(light), blur=0.8, haze=0.0, pixel_size=0.5)
    expected = ndimage.gaussian_filter(light.astype(float), 1.6, mode="wrap", truncate=8)
    assert np.abs(seen - expected).max() < 1e-3
    assert seen.sum() == pytest.approx(light.sum(), rel=1e-4)


def test_what_lies_above_is_softer_and_haze_reaches_far() -> None:
    point = np.zeros((96, 96), dtype=np.float32)
    point[48, 48] = 1000
    none = np.zeros_like(point)
    low = image_of(point, none, 0.4, 0.0, 0.5)
    high = image_of(none, point, 0.4, 0.0, 0.5)
    hazy = image_of(point, none, 0.4, 0.3, 0.5)
    assert high.max() < low.max() * (0.4**2 / (0.4**2 + TALL_BLUR**2)) * 1.3
    assert hazy[48, 70] > 100 * max(low[48, 70], 1e-6)


def test_illumination_has_mean_one_and_falls_to_the_rim() -> None:
    field = illumination(np.array([0.1, 0.0, 0.3]), 64)
    assert field.mean() == pytest.approx(1, abs=1e-5)
    assert field[32, 32] > field[32, 0] > field[0, 0]
    assert field[60, 32] > field[3, 32]
    assert np.allclose(illumination(np.zeros(3), 8), 1)
