"""Pooled maps against the equations, and what they forget."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from phenolens.core.errors import InputError
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.pool import Moments, pooled
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.conv_stack import ConvStack
from phenolens.encoders.vit import Vit


def images(side: int = 16) -> torch.Tensor:
    return torch.rand(3, 1, side, side, generator=torch.Generator().manual_seed(0))


def test_they_are_the_mean_and_the_standard_deviation_over_places() -> None:
    net = ConvStack(("a",), widths=(4, 3, 2), size=16)
    with torch.no_grad():
        made = Moments(net)(images()).numpy()
        maps = [m.double().numpy() for m in net.maps(images())]
    expected = [f(m, axis=(2, 3)) for m in maps for f in (np.mean, np.std)]
    np.testing.assert_allclose(made, np.concatenate(expected, axis=1), rtol=1e-5, atol=1e-6)
    assert Moments(net).dim == made.shape[1] == 2 * (4 + 3 + 2)


def test_where_something_is_changes_the_embedding_and_not_its_moments() -> None:
    """A spot far from the edges, moved by a multiple of the pooling."""
    net = ConvStack(("a",), widths=(4, 3, 2), size=64)
    here = torch.zeros(1, 1, 64, 64)
    here[..., 26:28, 32:36] = 1
    there = here.roll((8, -4), dims=(2, 3))
    with torch.no_grad():
        torch.testing.assert_close(Moments(net)(here), Moments(net)(there))
        assert (net(here) - net(there)).abs().max() > 1e-3


def test_one_place_has_no_spread() -> None:
    net = ConvNet(("a",), widths=(8, 8, 8))
    with torch.no_grad():
        made = Moments(net)(images(8))
    assert torch.isfinite(made).all()
    assert (made[:, -8:] == 0).all()  # the last maps are of one place


def test_an_encoder_without_maps_is_refused_where_they_are_asked_for() -> None:
    vit: nn.Module = Vit(("a",), size="tiny", patch=8, image=16, depth=1)
    assert pooled(vit, "none") is vit
    with pytest.raises(InputError, match="the encoder Vit has no feature maps"):
        EmbeddingSettings(pool="moments").network(vit)
