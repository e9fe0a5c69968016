from __future__ import annotations

import numpy as np

from phenolens.core.shrunk import shrunk


def test_the_whole_image_is_kept_and_its_mean() -> None:
    rng = np.random.default_rng(0)
    image = rng.uniform(size=(2, 224, 224))
    small = shrunk(image, 96)
    assert small.shape == (2, 96, 96)
    assert np.allclose(small.mean(axis=(1, 2)), image.mean(axis=(1, 2)))
    assert np.allclose(shrunk(image, 56), image.reshape(2, 56, 4, 56, 4).mean(axis=(2, 4)))


def test_a_corner_stays_where_it_is_and_small_images_stay_as_they_are() -> None:
    image = np.zeros((100, 50))
    image[50:, 25:] = 1
    small = shrunk(image, 10)
    assert small.shape == (10, 5)
    np.testing.assert_allclose(small[5:], [[0, 0, 0.5, 1, 1]] * 5, atol=1e-12)
    assert small[:5].max() == 0
    assert np.array_equal(shrunk(image, 100), image)
