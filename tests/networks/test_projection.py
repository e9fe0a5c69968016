"""The MLP of SimCLR, BYOL and DINO, layer by layer."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.networks.projection import Projection


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, "linear norm relu linear"),
        ({"batch_norm": False}, "linear relu linear"),
        ({"last_batch_norm": True, "last_bias": False}, "linear norm relu linear norm"),
        ({"widths": (8, 8, 4), "activation": "gelu"}, "linear norm gelu linear norm gelu linear"),
        ({"batch_norm": False, "activation": "none"}, "linear none linear"),
        ({"batch_norm": False, "activation": "leaky_relu"}, "linear leaky linear"),
        ({"widths": (4,)}, "linear"),
        ({"widths": (4,), "last_batch_norm": True}, "linear norm"),
    ],
)
def test_layers_follow_the_settings(settings: dict[str, Any], kinds: str) -> None:
    net = Projection(6, **{"widths": (8, 4), **settings})
    names = {nn.Linear: "linear", nn.BatchNorm1d: "norm", nn.ReLU: "relu", nn.GELU: "gelu"}
    names |= {nn.Identity: "none", nn.LeakyReLU: "leaky"}
    assert " ".join(names[type(layer)] for layer in net) == kinds
    assert net.out == 4
    assert net(torch.randn(5, 6)).shape == (5, 4)
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    biases = [layer.bias is not None for layer in linear]
    assert biases == [True] * (len(linear) - 1) + [settings.get("last_bias", True)]


def test_output_is_that_of_the_equations() -> None:
    torch.manual_seed(0)
    net = Projection(6, (8, 4), last_bias=False).double()
    x = torch.randn(5, 6).double()
    state = net.state_dict()
    hidden = x @ state["0.weight"].T + state["0.bias"]
    hidden = (hidden - hidden.mean(0)) / (hidden.var(0, correction=0) + 1e-5).sqrt()
    expected = functional.relu(hidden) @ state["3.weight"].T
    assert torch.allclose(net(x), expected, atol=1e-12)


@pytest.mark.parametrize("widths", [(), (8, 0)])
def test_sizes_below_one_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="sizes of a projection start at 1"):
        Projection(6, widths)
