"""Painting cells over leaves the background's level, slope and noise, and no outline."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.hiding.ground import painted

SIDE = 96


def field(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a background with a slope and noise, with a bright disc, and where the disc is."""
    y, x = np.mgrid[:SIDE, :SIDE]
    pixels = np.stack([0.2 + 0.002 * x, 0.5 - 0.001 * y]).astype(np.float32)
    pixels += 0.02 * rng.standard_normal(pixels.shape).astype(np.float32)
    disc = (x - 48) ** 2 + (y - 48) ** 2 < 20**2
    pixels[:, disc] += 3.0
    return pixels, disc


def test_level_slope_and_noise_are_those_of_the_background() -> None:
    rng = np.random.default_rng(0)
    pixels, disc = field(rng)
    made = painted(pixels, disc, rng, margin=2)
    assert made[:, disc].mean(axis=1) == pytest.approx(
        [0.2 + 0.002 * 48, 0.5 - 0.001 * 48], abs=0.01
    )
    noise = made - np.stack([0.2 + 0.002 * np.mgrid[:SIDE, :SIDE][1]] * 2)
    assert noise[0][disc].std() == pytest.approx(0.02, rel=0.25)
    assert np.array_equal(made[:, :20], pixels[:, :20])  # far from cells nothing changes
    assert pixels[:, disc].mean() > 3  # what was given is left as it was


def test_without_ground_the_darkest_pixels_are_used_and_without_cells_nothing_is_done() -> None:
    rng = np.random.default_rng(1)
    pixels, _ = field(rng)
    made = painted(pixels, np.ones((SIDE, SIDE), dtype=bool), rng)
    assert np.isfinite(made).all()
    assert made.max() < 1
    assert painted(pixels, np.zeros((SIDE, SIDE), dtype=bool), rng) is pixels
