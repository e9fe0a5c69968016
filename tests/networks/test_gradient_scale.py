"""The layer changes no value, and every gradient by its factor."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.networks.gradient_scale import GradientScale


@pytest.mark.parametrize("factor", [-1.0, -0.3, 0.0, 2.0])
def test_gradient_of_what_is_before_it_by_hand(factor: float) -> None:
    """Loss (v w x - y)^2 with the layer between w and v, worked by hand in float64."""
    w, v = (nn.Parameter(torch.tensor(a, dtype=torch.float64)) for a in (0.7, -1.3))
    x, y = 2.0, 0.5
    layer = GradientScale(factor)
    hidden = w * x
    assert torch.equal(layer(hidden), hidden)
    loss = (v * layer(hidden) - y) ** 2
    torch.autograd.backward(loss)
    off = 2 * (-1.3 * 0.7 * x - y)  # d loss / d output
    assert v.grad is not None
    assert v.grad.item() == pytest.approx(off * 0.7 * x, rel=1e-14)
    assert w.grad is not None
    assert w.grad.item() == pytest.approx(factor * off * -1.3 * x, rel=1e-14)


def test_its_derivative_is_that_of_a_product_with_the_factor() -> None:
    """Seen from behind the layer is x -> factor x; so its second derivatives hold as well."""
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    layer = GradientScale(-0.5)
    (first,) = torch.autograd.grad(layer(x).pow(3).sum(), x, create_graph=True)
    assert torch.allclose(first, -0.5 * 3 * x**2)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert torch.allclose(second, 0.25 * 6 * x)


def test_the_factor_may_change_between_steps() -> None:
    layer, x = GradientScale(), torch.ones(2, requires_grad=True)
    for factor in (-1.0, -0.25):
        layer.factor = factor
        x.grad = None
        torch.autograd.backward(layer(x).sum())
        assert x.grad is not None
        assert x.grad.tolist() == [factor] * 2
    assert "factor=-0.25" in repr(layer)


def test_two_sides_learn_against_each_other_in_one_pass() -> None:
    """One optimizer: the head lowers its loss, the encoder in front of the layer raises it."""
    torch.manual_seed(0)
    x, y = torch.randn(64, 3).double(), torch.randn(64, 1).double()
    encoder, head = nn.Linear(3, 2).double(), nn.Linear(2, 1).double()
    layer = GradientScale(-1.0)
    loss = (head(layer(encoder(x))) - y).square().mean()
    torch.autograd.backward(loss)
    rate = 1e-3
    with torch.no_grad():
        for module in (encoder, head):
            for parameter in module.parameters():
                assert parameter.grad is not None
                moved = parameter.clone()
                parameter.sub_(rate * parameter.grad)
                after = (head(encoder(x)) - y).square().mean()
                assert (after > loss) == (module is encoder)
                parameter.copy_(moved)
