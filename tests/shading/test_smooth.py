"""Smoothing is a median or Gaussian that sees the field alone, on a grid that loses nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from phenolens.shading.smooth import TO_SIGMA, cell_side, on_pixels, smooth


def bump(height: int = 96, width: int = 120) -> np.ndarray:
    y, x = np.mgrid[:height, :width] / height
    return 900 * (1 + 0.8 * np.exp(-((y - 0.4) ** 2 + (x - 0.7) ** 2) / 0.3))


def plain_median(field: np.ndarray, radius: float) -> np.ndarray:
    """Return the median over the disk around each pixel, pixel by pixel."""
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = y**2 + x**2 <= radius**2
    return ndimage.generic_filter(field, np.nanmedian, footprint=disk, mode="constant", cval=np.nan)


def test_the_median_is_that_of_every_pixel_in_the_disk() -> None:
    noisy = bump(48, 60) + np.random.default_rng(0).normal(0, 20, (48, 60))
    size = 20 * TO_SIGMA
    made = on_pixels(smooth(noisy, "median", size), noisy.shape)
    assert cell_side(size) == 2
    assert np.abs(made / plain_median(noisy, 20) - 1).max() < 0.01


def test_the_gaussian_is_the_normalized_one() -> None:
    """scipy's filter in the field, in what it is of a field of ones."""
    size = 20 * TO_SIGMA
    field = bump()
    wanted = ndimage.gaussian_filter(field, 20, mode="constant")
    wanted /= ndimage.gaussian_filter(np.ones_like(field), 20, mode="constant")
    made = on_pixels(smooth(field, "gaussian", size), field.shape)
    assert np.abs(made / wanted - 1).max() < 0.01


@pytest.mark.parametrize("how", ["median", "gaussian"])
def test_a_flat_field_stays_flat_to_its_corners(how: str) -> None:
    made = smooth(np.full((50, 70), 3.0), how, 30.0)  # type: ignore[arg-type]
    assert np.allclose(on_pixels(made, (50, 70)), 3.0, atol=1e-5)


def test_between_cells_it_is_linear() -> None:
    grid = np.array([[0.0, 4.0]], dtype=np.float32)
    assert on_pixels(grid, (1, 8))[0].tolist() == [0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4]
    assert on_pixels(grid, (3, 2)).tolist() == [[0, 4]] * 3
