"""KoLeo by hand, and its gradient: twins are driven apart."""

from __future__ import annotations

import math

import pytest
import torch

from phenolens.losses.koleo import koleo_loss


def test_by_hand() -> None:
    # On the unit circle at 0, 90 and 180 degrees every nearest neighbour is at sqrt(2).
    x = torch.tensor([[2.0, 0.0], [0.0, 0.5], [-1.0, 0.0]])
    assert float(koleo_loss(x)) == pytest.approx(-math.log(math.sqrt(2)), abs=1e-6)


def test_equals_a_double_loop() -> None:
    x = torch.randn(9, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    unit = x / x.norm(dim=1, keepdim=True)
    nearest = [min(float((unit[i] - unit[j]).norm()) for j in range(9) if j != i) for i in range(9)]
    wanted = -sum(map(math.log, nearest)) / len(nearest)
    assert float(koleo_loss(x)) == pytest.approx(wanted, abs=1e-7)  # the 1e-8 that it adds


def test_its_gradient_is_right() -> None:
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert torch.autograd.gradcheck(koleo_loss, (x.requires_grad_(),))


def test_it_drives_neighbours_apart() -> None:
    x = torch.tensor([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0]], requires_grad=True)
    (slope,) = torch.autograd.grad(koleo_loss(x), x)
    moved = (x - 0.01 * slope).detach()
    assert float(koleo_loss(moved)) < float(koleo_loss(x.detach()))


def test_twins_are_finite() -> None:
    assert torch.isfinite(koleo_loss(torch.ones(4, 3)))
