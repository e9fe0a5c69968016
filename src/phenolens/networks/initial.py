"""Initial weights of layers."""

from __future__ import annotations

from torch import nn


def init_linear(module: nn.Module) -> None:
    """Initialise a linear layer as DINO does: weights from a truncated normal of 0.02, bias 0."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
