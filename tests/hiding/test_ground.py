"""What is painted is the level of the background and noise, whatever cells are there."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.hiding.ground import ground_of, noise_of, painted

SIDE = 96


def field(rng: np.random.Generator, radius: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Return a background with noise, with a bright disc, and where the disc is."""
    y, x = np.mgrid[:SIDE, :SIDE]
    pixels = np.stack([np.full((SIDE, SIDE), 0.2), np.full((SIDE, SIDE), 0.5)]).astype(np.float32)
    pixels += 0.02 * rng.standard_normal(pixels.shape).astype(np.float32)
    disc = (x - 48) ** 2 + (y - 48) ** 2 < radius**2
    pixels[:, disc] += 3.0
    return pixels, disc


def test_level_and_noise_are_those_of_the_background() -> None:
    rng = np.random.default_rng(0)
    pixels, disc = field(rng)
    ground = ground_of(pixels, disc, 2)
    assert not (ground & disc).any()
    assert ground.sum() == pytest.approx((~disc).sum() / 2, rel=0.1)  # the darker half
    noise = noise_of(pixels, np.ones_like(ground))
    assert noise == pytest.approx([0.02, 0.02], rel=0.1)
    made = painted(pixels, ground, noise, rng)
    assert made.mean(axis=(1, 2)) == pytest.approx([0.2, 0.5], abs=0.01)
    assert made.std(axis=(1, 2)) == pytest.approx(noise, rel=0.05)


def test_the_number_of_cells_leaves_no_trace_but_the_level() -> None:
    rng = np.random.default_rng(1)
    few, many = (field(rng, radius) for radius in (8, 40))
    noise = np.array([0.02, 0.02])
    made = [painted(p, ground_of(p, d, 2), noise, np.random.default_rng(5)) for p, d in (few, many)]
    assert made[0] - made[0].mean() == pytest.approx(made[1] - made[1].mean(), abs=0.01)


def test_without_ground_the_darkest_pixels_are_used() -> None:
    rng = np.random.default_rng(1)
    pixels, _ = field(rng)
    ground = ground_of(pixels, np.ones((SIDE, SIDE), dtype=bool), 2)
    assert ground.mean() == pytest.approx(0.05, abs=0.01)
    alone = np.zeros((SIDE, SIDE), dtype=bool)
    alone[3, 3] = True
    assert np.isnan(noise_of(pixels, alone)).all()
