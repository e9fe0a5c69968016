"""The small network gives one vector per image, whatever the other images of the step are."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.encoders.conv_net import ConvNet

NAMES = tuple("abcdef")


def test_one_block_is_convolution_norm_relu_pool_and_mean() -> None:
    net = ConvNet(NAMES[:2], widths=(8,), per_block=1).double()
    x = torch.rand(3, 2, 6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    convolution, norm, *_ = net.blocks[0].children()
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.GroupNorm)
    maps = functional.conv2d(x, convolution.weight, padding=1)
    mean = maps.mean((2, 3), keepdim=True)  # eight maps, eight groups: each map by itself
    spread = maps.var((2, 3), keepdim=True, correction=0)
    maps = torch.relu((maps - mean) / (spread + norm.eps).sqrt())
    pooled = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
    torch.testing.assert_close(net(x), pooled.mean((2, 3)))


def test_an_embedding_depends_on_its_own_image_alone() -> None:
    net = ConvNet(NAMES[:3], widths=(8, 16)).train()
    x = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(net(x)[:1], net(x[:1]))
    torch.testing.assert_close(net.eval()(x), net.train()(x))


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_channels_and_sizes(channels: int) -> None:
    net = ConvNet(NAMES[:channels], widths=(4, 8), per_block=2)
    assert net(torch.rand(2, channels, 8, 12)).shape == (2, net.dim)


def test_what_does_not_fit_is_refused() -> None:
    net = ConvNet(NAMES[:3], widths=(4, 8))
    with pytest.raises(InputError, match=r"takes 3 channels .*got 2"):
        net(torch.rand(1, 2, 8, 8))
    with pytest.raises(InputError, match="too small for 2 blocks; use at least 4 pixels"):
        net(torch.rand(1, 3, 2, 8))
    with pytest.raises(InputError, match="must be from 1"):
        ConvNet(NAMES[:3], widths=())


def test_a_stem_halves_before_the_blocks_do() -> None:
    net = ConvNet(NAMES[:3], widths=(8, 16), stem=2)
    assert net.least == 8
    assert net.stem(torch.rand(1, 3, 16, 24)).shape == (1, 8, 8, 12)
    assert net(torch.rand(2, 3, 8, 8)).shape == (2, 16)
    with pytest.raises(InputError, match="use at least 8 pixels"):
        net(torch.rand(1, 3, 4, 8))
