"""What every encoder has: names of its channels, and their check."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.encoders.base import Encoder


class Mean(Encoder):
    """The mean of each channel."""

    def __init__(self, channels: Any) -> None:
        super().__init__(channels)
        self.dim = len(self.channels)

    def forward(self, x: Tensor) -> Tensor:
        self.check_channels(x)
        return x.mean((2, 3))

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        return cls(["DNA"]), torch.rand(2, 1, 4, 4)


def test_channels_are_known_by_name_and_order() -> None:
    encoder = Mean(["DNA", "Actin"])
    assert encoder.channels == ("DNA", "Actin")
    assert encoder(torch.ones(3, 2, 4, 4)).tolist() == [[1, 1]] * 3


@pytest.mark.parametrize("channels", ["DNA", [], ["DNA", "DNA"]])
def test_channels_must_be_different_names(channels: Any) -> None:
    with pytest.raises(InputError, match="a list of different channel names"):
        Mean(channels)


def test_another_number_of_channels_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"takes 2 channels \['DNA', 'Actin'\], got 3"):
        Mean(["DNA", "Actin"])(torch.ones(1, 3, 4, 4))


def test_an_encoder_must_have_a_pass_and_an_example() -> None:
    with pytest.raises(TypeError, match=r"abstract methods? '?example'?, '?forward"):
        Encoder(["DNA"])  # type: ignore[abstract]
