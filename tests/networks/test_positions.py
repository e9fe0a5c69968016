"""Position embeddings for other grids. Equality with timm and DINO: tests/encoders/test_vit.py."""

from __future__ import annotations

import torch

from phenolens.networks.positions import resize_positions


def test_positions_pass_their_gradient_and_leave_the_native_grid_alone() -> None:
    positions = torch.randn(1, 17, 3, requires_grad=True)
    assert resize_positions(positions, (4, 4)) is positions
    resize_positions(positions, (3, 6)).sum().backward()  # type: ignore[no-untyped-call]
    assert positions.grad is not None
    assert positions.grad.abs().min() > 0


def test_constant_positions_stay_constant() -> None:
    constant = torch.full((1, 26, 2), 0.7)
    assert torch.allclose(resize_positions(constant, (9, 2)), torch.full((1, 19, 2), 0.7))
