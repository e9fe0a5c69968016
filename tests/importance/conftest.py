"""Encoders whose maps can be worked out by hand, in float64."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Linear(nn.Module):
    """Two numbers per image: its pixels times weights; twice differentiable, linear."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)  # (d, c, h, w)

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("nchw,dchw->nd", x, self.weights)


class Squares(Linear):
    """The same of squared pixels."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x**2)


class Frozen(Linear):
    """The same without gradients."""

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Return normal numbers in float64."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
