"""What is measured of one channel, by hand and against what is planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from phenolens.quality.measure import MEASURES, binned, measure_channel
from phenolens.shading.blocks import spread


def of(image: np.ndarray) -> dict[str, float]:
    return dict(zip(MEASURES, measure_channel(image), strict=True))


def test_noise_alone_has_little_contrast() -> None:
    """White noise after a Gaussian of sd 3 has 1 / (2 sqrt(pi) 3) = 0.094 of its sd."""
    made = of(np.random.default_rng(0).normal(900, 30, (256, 256)))
    assert made["contrast"] == pytest.approx(0.094, rel=0.2)
    assert made["mean"] == pytest.approx(900, rel=0.01)


def test_saturation_is_the_part_at_the_highest_count() -> None:
    image = np.full((10, 10), 7, dtype=np.uint16)
    image[0, :5] = 4095
    assert (of(image)["highest"], of(image)["at_highest"]) == (4095, 0.05)
    assert of(image)["spread"] == pytest.approx(spread(image))
    assert np.isnan(of(image[:3])["spread"])


def test_the_brightest_object_is_counted_whole() -> None:
    """A square of 20 x 20 pixels and 500 counts; its blurred rim is below half."""
    image = np.full((100, 100), 50.0)
    image[40:60, 40:60] += 500
    image[5:9, 5:9] += 300
    assert 0.7 < of(image)["brightest"] / (20 * 20 * 500) < 1
    assert of(np.full((9, 9), 5))["brightest"] == 0.0


def test_a_black_image_has_none_of_it() -> None:
    made = of(np.zeros((40, 40), dtype=np.uint16))
    assert (made["contrast"], made["sharpness"], made["brightest"], made["at_highest"]) == (
        0,
        0,
        0,
        1,
    )


def test_bins_are_means_of_squares() -> None:
    image = np.arange(7 * 9, dtype=np.uint16).reshape(7, 9)
    wanted = image[:6, :8].reshape(3, 2, 4, 2).mean(axis=(1, 3))
    assert np.allclose(binned(image, 2), wanted)
    assert np.array_equal(binned(image, 1), image)


def test_a_large_field_is_measured_as_its_small_one() -> None:
    """Smooth light and a bright object: what binning averages is less than what is measured."""
    y, x = np.mgrid[:1024, :1024]
    light = 500 + 5 * np.hypot(y - 300, x - 700)
    light += 20000 * np.exp(-((y - 600) ** 2 + (x - 500) ** 2) / (2 * 15**2))
    image = np.random.default_rng(0).poisson(light).astype(np.uint16)
    made = dict(zip(MEASURES, measure_channel(image), strict=True))
    real = image.astype(np.float32)
    smooth = ndimage.gaussian_filter(real, 3.0)
    noise = np.median(np.abs(np.diff(real, axis=1))) * 1.4826 / np.sqrt(2)
    assert made["contrast"] == pytest.approx(smooth.std() / noise, rel=0.03)
    assert made["spread"] == pytest.approx(spread(real), rel=0.001)
    assert made["mean"] == pytest.approx(real.mean())
    core = 20000 * 2 * np.pi * 15**2 / 2  # of the object, what is above half of its height
    assert made["brightest"] == pytest.approx(core, rel=0.15)


def test_noise_of_counts_is_the_median_of_steps() -> None:
    """Counted and sorted alike, for an odd and an even number of steps."""
    for width in (6, 7):
        image = np.random.default_rng(width).integers(0, 60000, (5, width)).astype(np.uint16)
        contrast = of(image)["contrast"]
        assert contrast == pytest.approx(of(image.astype(np.float64))["contrast"], rel=1e-6)
