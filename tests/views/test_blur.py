"""Blur against its definition in float64, and how often it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d

from phenolens.core.errors import InputError
from phenolens.views.blur import Blur


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("channels", [1, 3, 6])
@pytest.mark.parametrize("kernel", [3, 9])
def test_equals_its_definition_worked_in_float64(channels: int, kernel: int) -> None:
    """A Gaussian at whole pixels, with sum 1; borders reflected without the edge itself."""
    images = torch.rand(8, channels, 12, 14, generator=seeded(1))
    made = Blur(p=0.6, sigma=(0.5, 2.0), kernel=kernel)(images, seeded(2))
    chance, width = torch.rand(2, 8, generator=seeded(2)).double()
    place = np.arange(kernel) - kernel // 2
    blurred = 0
    for image, after, c, w in zip(images, made, chance, width, strict=True):
        if c >= 0.6:
            assert torch.equal(image, after)
            continue
        blurred += 1
        weights = np.exp(-(place**2) / (2 * (0.5 + 1.5 * float(w)) ** 2))
        weights /= weights.sum()
        expected = image.double().numpy()
        for axis in (1, 2):
            expected = correlate1d(expected, weights, axis=axis, mode="mirror")
        assert np.allclose(after.numpy(), expected, atol=1e-6)
    assert 0 < blurred < 8


def test_a_share_is_blurred_each_by_a_width_of_its_own() -> None:
    images = torch.zeros(4000, 1, 5, 5)
    images[:, :, 2, 2] = 1
    made = Blur(p=0.2, sigma=(0.1, 2.0))(images, seeded())[:, 0, 2, 2]
    assert (made < 1).float().mean().item() == pytest.approx(0.2, abs=0.03)  # 0.1 is nearly none
    centre = made[made < 0.999]
    # The centre is (1 + 2 exp(-1 / 2 s^2))^-2 high: back to s, which is even from 0.1 to 2.
    sigma = (-0.5 / ((centre**-0.5 - 1) / 2).log()) ** 0.5
    assert 1.9 < sigma.max() <= 2.001
    assert torch.quantile(sigma, 0.5).item() == pytest.approx(1.15, abs=0.15)


def test_off_by_default_and_processes_that_share_a_batch_blur_it_as_one() -> None:
    images = torch.rand(6, 2, 8, 8)
    assert Blur()(images, seeded()) is images
    blur = Blur(p=0.7)
    whole = blur(images, seeded())
    for rank in range(3):
        assert torch.equal(blur(images[rank::3], seeded(), (rank, 3)), whole[rank::3])


@pytest.mark.parametrize(
    "wrong",
    [{"p": 1.5}, {"kernel": 4}, {"kernel": 0}, {"sigma": (2.0, 1.0)}, {"sigma": (0.0, 1.0)}],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="must be"):
        Blur(**wrong)
    with pytest.raises(InputError, match="a kernel of 9 pixels does not fit views of 4 x 4"):
        Blur(p=1.0, kernel=9)(torch.rand(1, 1, 4, 4), seeded())
