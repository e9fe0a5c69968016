"""The two measures of focus against those of others, and where they disagree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from phenolens.quality.focus import power_slope, sharpness


def test_the_slope_is_cellprofilers() -> None:
    """centrosome 1.3.4, `rps` on this image and the least squares that MeasureImageQuality does."""
    image = np.add.outer(np.arange(64) % 7, np.arange(80) % 5).astype(np.uint16) * 100
    image[10:20, 30:50] += 900
    assert power_slope(image) == pytest.approx(-2.356911622, rel=1e-6)


def test_blur_lowers_sharpness_and_a_constant_image_has_none() -> None:
    image = np.random.default_rng(0).poisson(900, (64, 64)).astype(np.float32)
    assert sharpness(ndimage.gaussian_filter(image, 2)) < sharpness(image) / 3
    assert sharpness(np.full((9, 9), 5)) == pytest.approx(0, abs=1e-6)
    assert sharpness(np.zeros((9, 9))) == 0.0
    assert np.isnan(power_slope(np.full((64, 64), 5)))
    assert np.isnan(power_slope(image[:12, :12]))


def test_on_real_fields_the_laplacian_is_right_and_the_slope_goes_by_its_band(
    data_dir: Path,
) -> None:
    """BBBC006: sharp fields have the steeper spectrum over a wide band (README), by noise."""
    folder = data_dir / "bbbc006-focus"
    blurred = pd.read_csv(folder / "dev_fields.csv")["out_of_focus"].to_numpy()[::2] == 1
    with np.load(folder / "dev_images.npz") as archive:
        images = archive["images"][::2]
    sharp = np.array([sharpness(image) for image in images])
    assert sharp[~blurred].min() > 4 * sharp[blurred].max()
    wide = np.array([power_slope(image, 0.38) for image in images])
    assert wide[~blurred].max() < wide[blurred].min(), "steeper where it is sharp"
    narrow = np.array([power_slope(image) for image in images])
    assert narrow[~blurred].min() > narrow[blurred].max(), "flatter where it is sharp"


def test_some_rows_of_a_large_field_say_what_all_say() -> None:
    """Within some percent of scipy's filter on every pixel, sharp or blurred."""
    field = np.random.default_rng(1).poisson(
        100
        + 900 * (ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(700, 500)), 4) > 0)
    )
    for blur in (0.0, 2.0):
        image = ndimage.gaussian_filter(field.astype(np.float32), blur).astype(np.uint16)
        whole = ndimage.gaussian_laplace(image.astype(np.float32), 1.0).std() / image.mean()
        assert sharpness(image) == pytest.approx(whole, rel=0.05)
