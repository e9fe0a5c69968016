"""The convolutional decoder of Dmitrenko et al., against its counts and equations."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.networks.conv_stack_decoder import ConvStackDecoder

PAPER_128 = {"dim": 4096, "maps": 4, "widths": (32, 64, 128), "size": 128}


@pytest.mark.parametrize(("settings", "parameters"), [({}, 58_337), (PAPER_128, 94_689)])
def test_it_has_the_sizes_of_the_papers(settings: dict[str, Any], parameters: int) -> None:
    net = ConvStackDecoder(**settings)
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert {name.split(".")[1] for name in net.state_dict()} == {"0", "3", "6", "8"}
    made = net(torch.randn(2, settings.get("dim", 2048)))
    assert made.shape == (2, 1, net.size, net.size)


def test_output_is_that_of_the_layers_one_by_one() -> None:
    net = ConvStackDecoder(2 * 2 * 2, channels=3, size=8, maps=2, widths=(3, 4, 5)).double()
    code = torch.randn(2, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    state, maps = net.state_dict(), code.reshape(2, 2, 2, 2)
    for place in (0, 3, 6, 8):
        # With stride 1 a transposed convolution is the convolution with the mirrored weights.
        weight = state[f"layers.{place}.weight"].transpose(0, 1).flip(2, 3)
        maps = functional.conv2d(maps, weight, state[f"layers.{place}.bias"], padding=1)
        maps = maps if place == 8 else maps.clamp(min=0)
        maps = maps.repeat_interleave(2, 2).repeat_interleave(2, 3) if place < 6 else maps
    torch.testing.assert_close(net.logits(code), maps)
    torch.testing.assert_close(net(code), 1 / (1 + torch.exp(-maps)))


def test_an_embedding_of_another_length_passes_a_linear_layer_first() -> None:
    assert isinstance(ConvStackDecoder(2048).first, nn.Identity)
    net = ConvStackDecoder(192, channels=5, size=32)
    assert isinstance(net.first, nn.Linear)
    assert net(torch.randn(3, 192)).shape == (3, 5, 32, 32)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="size: must be a multiple of 4, got 30"):
        ConvStackDecoder(size=30)
    with pytest.raises(InputError, match="at least two widths"):
        ConvStackDecoder(widths=(8,))
