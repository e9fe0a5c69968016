"""Linear layers start as DINO's do; other layers are left alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.networks.initial import init_linear


def test_weights_are_normal_and_biases_zero() -> None:
    torch.manual_seed(0)
    linear, plain = nn.Linear(200, 300), nn.Linear(3, 2, bias=False)
    convolution = nn.Conv2d(2, 3, 3)
    before = convolution.weight.clone()
    for layer in (linear, plain, convolution):
        init_linear(layer)
    assert linear.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert linear.weight.mean().item() == pytest.approx(0, abs=4 * 0.02 / 60_000**0.5)
    assert not linear.bias.any()
    assert plain.weight.abs().max() < 0.1
    assert torch.equal(convolution.weight, before)
