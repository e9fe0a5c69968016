from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.camera import HIGHEST, LEVEL, expose


def _shot(counts: float, photons: float = 0.2, read_noise: float = 20.0) -> np.ndarray:
    light = np.full((256, 256), counts, dtype=np.float32)
    return expose(np.random.default_rng(0), light, 600.0, photons, read_noise).astype(float)


@pytest.mark.parametrize("counts", [0.0, 5000.0])
def test_noise_is_shot_noise_and_read_noise(counts: float) -> None:
    found = _shot(counts)
    assert found.mean() == pytest.approx(600 + counts, rel=0.01)
    # Variance: (light + half the background) / photons, read noise, streaks 3^2, rounding 16^2/12.
    expected = (counts + 300) / 0.2 + 20.0**2 + 9 + LEVEL**2 / 12
    assert found.var() == pytest.approx(expected, rel=0.03)


def test_twelve_bits_in_sixteen() -> None:
    found = _shot(5000.0)
    assert (found % LEVEL == 0).all()
    assert _shot(90000.0).max() == HIGHEST * LEVEL
    assert _shot(-5000.0).min() == 0
