"""The plain statistics against numpy and scipy, image by image."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from phenolens.baselines.intensity import PERCENTILES, intensity_profiles, intensity_statistics
from phenolens.core.screen import Screen


@pytest.mark.parametrize("side", [10, 37])
def test_equals_numpy_in_float64(side: int) -> None:
    images = np.random.default_rng(0).integers(0, 65536, (3, 2, side, side)).astype(np.uint16)
    made = intensity_statistics(images)
    assert made.shape == (3, 18)
    for i in range(3):
        for c in range(2):
            flat = images[i, c].ravel().astype(np.float64)
            nearest = np.percentile(flat, PERCENTILES, method="nearest")
            told = [flat.sum() / flat.size, np.sqrt(stats.moment(flat, 2)), *nearest]
            assert made[i, 9 * c : 9 * c + 9] == pytest.approx(np.log1p(told), rel=1e-6)


def test_of_a_known_image() -> None:
    image = np.arange(101, dtype=np.uint16).reshape(1, 1, 1, 101)
    made = np.expm1(intensity_statistics(image)[0].astype(np.float64))
    assert made == pytest.approx([50, np.sqrt(850), 1, 5, 25, 50, 75, 95, 99], rel=1e-5)


def test_one_row_an_image_whatever_the_chunk(tiny_screen: Screen) -> None:
    whole = intensity_profiles(tiny_screen)
    assert np.array_equal(whole.features, intensity_profiles(tiny_screen, chunk=5).features)
    assert len(whole) == 24
    assert whole.names[:3] == ("intensity_DNA_mean", "intensity_DNA_sd", "intensity_DNA_p01")
    assert whole.names[9] == "intensity_Actin_mean"
    image = tiny_screen.read(np.array([17]))[0, 1]
    assert whole.features[17, 9] == pytest.approx(np.log1p(image.mean()), rel=1e-6)
    assert whole.meta["well"].tolist() == tiny_screen.meta["well"].tolist()
