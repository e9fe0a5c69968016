"""The convolutional encoder of Dmitrenko et al., against its counts and its equations."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.encoders.conv_stack import ConvStack

PAPER_128 = {"widths": (128, 64, 32, 4), "size": 128}


@pytest.mark.parametrize(
    ("settings", "parameters", "dim"), [({}, 24_888, 2048), (PAPER_128, 94_692, 4096)]
)
def test_it_has_the_sizes_of_the_papers(
    settings: dict[str, Any], parameters: int, dim: int
) -> None:
    net = ConvStack(("phase",), **settings)
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert net.dim == dim
    assert net(torch.rand(2, 1, net.size, net.size)).shape == (2, dim)
    # The places of the layers are those of the released weights.
    assert {name.split(".")[1] for name in net.state_dict()} == {"0", "3", "6", "8"}


def test_output_is_that_of_the_layers_one_by_one() -> None:
    net = ConvStack(("a", "b", "c"), widths=(5, 4, 3, 2), size=8).double()
    x = torch.rand(2, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    state, maps = net.state_dict(), x
    for place in (0, 3, 6, 8):
        weight, bias = state[f"layers.{place}.weight"], state[f"layers.{place}.bias"]
        maps = functional.conv2d(maps, weight, bias, padding=1)
        maps = maps if place == 8 else maps.clamp(min=0)
        maps = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5)) if place < 6 else maps
    torch.testing.assert_close(net(x), maps.reshape(2, -1))


def test_maps_are_those_of_the_layers_one_by_one() -> None:
    net = ConvStack(("a",), widths=(5, 4, 3, 2), size=8).double()
    x = torch.rand(2, 1, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    state, maps, kept = net.state_dict(), x, []
    for place in (0, 3, 6, 8):
        weight, bias = state[f"layers.{place}.weight"], state[f"layers.{place}.bias"]
        maps = functional.conv2d(maps, weight, bias, padding=1)
        maps = maps if place == 8 else maps.clamp(min=0)
        kept.append(maps)
        maps = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5)) if place < 6 else maps
    torch.testing.assert_close(net.maps(x), kept)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="takes images of 16 x 16 pixels, got 8 x 16; resize"):
        ConvStack(("a",), size=16)(torch.rand(1, 1, 8, 16))
    with pytest.raises(InputError, match="size: must be a multiple of 4, got 18"):
        ConvStack(("a",), size=18)
    with pytest.raises(InputError, match="widths: must be from 3 to 16 numbers"):
        ConvStack(("a",), widths=(8, 8))
    with pytest.raises(InputError, match="widths: must be from 1 to 4096, got 0"):
        ConvStack(("a",), widths=(8, 0, 8))
