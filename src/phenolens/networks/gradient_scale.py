"""A layer that passes values on unchanged and scales the gradient on its way back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class GradientScale(nn.Module):
    """Identity whose gradient is multiplied by a factor; a negative one reverses it.

    Gradient reversal, Ganin and Lempitsky 2015: an encoder in front of it learns to make worse what
    the head behind it learns to do well, in one backward pass and with one optimizer.

    Attributes:
        factor: What gradients are multiplied by; it may be changed between steps.
    """

    def __init__(self, factor: float = -1.0) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Return x; its gradient will be `factor` times that of the output."""
        scaled: Tensor = _Scaled.apply(x, self.factor)  # type: ignore[no-untyped-call]
        return scaled

    def extra_repr(self) -> str:
        """Return the factor, for the printed network."""
        return f"factor={self.factor}"


class _Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.factor, None
