"""Channels of any number reach a network of three colours as the card says."""

from __future__ import annotations

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.networks.frozen_input import IMAGENET_MEAN, IMAGENET_SD, FrozenInput, three

NAMES = ("DNA", "ER", "RNA", "AGP", "Mito")


def images(n: int = 2, size: int = 8) -> torch.Tensor:
    return torch.rand(n, len(NAMES), size, size, generator=torch.Generator().manual_seed(0))


def test_one_pass_per_channel_each_as_three_colours() -> None:
    x = images()
    given = FrozenInput(channels=NAMES, size=8)
    made = given(x)
    assert (given.passes, made.shape) == (5, (10, 3, 8, 8))
    for colour in range(3):
        expected = (x[1, 2] - IMAGENET_MEAN[colour]) / IMAGENET_SD[colour]
        torch.testing.assert_close(made[5 + 2, colour], expected)
    joined = given.join(torch.arange(20.0).reshape(10, 2))
    assert joined.tolist() == [list(range(10)), list(range(10, 20))]


def test_three_named_channels_in_their_order() -> None:
    x = images()
    given = FrozenInput(
        channels=NAMES, rgb=("Mito", "DNA", "ER"), mean=(0, 0, 0), sd=(1, 1, 1), size=8
    )
    assert torch.equal(given(x), x[:, [4, 0, 1]])
    assert given.join(torch.ones(2, 7)).shape == (2, 7)


def test_images_are_resized_with_antialiasing() -> None:
    x = torch.zeros(1, 5, 16, 16)
    x[..., ::2] = 1  # stripes of one pixel become grey
    made = FrozenInput(channels=NAMES, mean=(0.0,) * 3, sd=(1.0,) * 3, size=4)(x)
    assert made.shape == (5, 3, 4, 4)
    assert (made - 0.5).abs().max() < 0.1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"in \[0, 1\], got .*; set standardize = false"):
        FrozenInput(channels=NAMES)(images() - 0.5)
    with pytest.raises(InputError, match="rgb: must be three of the channels"):
        FrozenInput(channels=NAMES, rgb=("DNA", "ER", "actin"))
    with pytest.raises(InputError, match="mean: must be three numbers"):
        FrozenInput(channels=NAMES, mean=(0.5,))
    assert three((0.5,)) == (0.5, 0.5, 0.5)
