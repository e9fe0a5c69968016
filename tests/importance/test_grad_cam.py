"""Grad-CAM of one convolution, by hand."""

from __future__ import annotations

import pytest
import torch
from tests.importance.conftest import Linear, numbers
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.conv_stack import ConvStack
from phenolens.encoders.resnet import Resnet
from phenolens.importance.grad_cam import grad_cam, map_layer
from phenolens.importance.score import CallScore


class OneLayer(nn.Module):
    """A convolution of one pixel and ReLU, then the mean of the squared maps."""

    map_widths = (3,)

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Conv2d(2, 3, 1), nn.ReLU())

    def maps(self, x: Tensor) -> list[Tensor]:
        return [self.layer(x)]

    def forward(self, x: Tensor) -> Tensor:
        return (self.maps(x)[-1] ** 2).mean((2, 3))


def test_maps_are_weighted_by_the_mean_gradient_of_the_score() -> None:
    pytest.importorskip(
        "captum", reason="captum is not installed: pip install 'phenolens[explain]'"
    )
    torch.manual_seed(0)
    encoder = OneLayer().double()
    x, slope = numbers(2, 2, 7, 8), numbers(2, 3, seed=1)
    made = grad_cam(CallScore(encoder), encoder, x, slope)
    with torch.no_grad():
        (maps,) = encoder.maps(x)
        gradient = slope[:, :, None, None] * 2 * maps / (7 * 8)  # of slope x mean(maps squared)
        alpha = gradient.mean(dim=(2, 3))  # equation 1
        by_hand = torch.einsum("nk,nkab->nab", alpha, maps)  # equation 2, before its ReLU
    torch.testing.assert_close(made[:, 0], by_hand)


def test_the_layer_is_the_deepest_with_seven_cells_on_a_side() -> None:
    net = ConvNet(("DNA",), widths=(8, 8, 8), stem=2).eval()
    assert map_layer(net, torch.rand(1, 1, 64, 64)) is net.blocks[1]  # 16, 8 and 4 cells
    assert map_layer(net, torch.rand(1, 1, 16, 16)) is net.blocks[0]  # 4, 2 and 1
    stack = ConvStack(("DNA",), widths=(4, 4, 4), size=32).eval()
    assert map_layer(stack, torch.rand(1, 1, 32, 32)) is stack.layers[-1]
    small = Resnet(("DNA",), stem="small").eval()
    chosen = map_layer(small, torch.rand(1, 1, 64, 64))
    assert chosen(torch.rand(1, 256, 16, 16)).shape == (1, 512, 8, 8)


def test_an_encoder_without_maps_is_refused() -> None:
    with pytest.raises(InputError, match="the encoder Linear has no feature maps"):
        map_layer(Linear(numbers(1, 1, 2, 2)), torch.rand(1, 1, 2, 2))
