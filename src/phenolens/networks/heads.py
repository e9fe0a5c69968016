"""Heads: what stands on an encoder while it learns, and is left off afterwards."""

from __future__ import annotations

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.encoders.vit import init_linear


class DinoHead(nn.Module):
    """DINO's projection head: an MLP to an L2-normalised bottleneck, then weight-normed prototypes.

    Caron et al. 2021, section 3 and appendix C; parameter names are those of the released weights.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the published head
        self,
        dim: int,
        out: int = 65536,
        *,
        hidden: int = 2048,
        bottleneck: int = 256,
        norm_last_layer: bool = False,
        layers: int = 3,
        batch_norm: bool = False,
    ) -> None:
        """Build the head.

        Args:
            dim: Length of the encoder's embedding.
            out: K, the number of prototypes.
            hidden: Width of the MLP.
            bottleneck: Length of the normalised vector that the prototypes see.
            norm_last_layer: Hold every prototype at norm 1 instead of learning its norm.
            layers: Linear layers of the MLP.
            batch_norm: Normalise the hidden layers over the step (DINO's `use_bn_in_head`): at
                random weights it tells apart images that an encoder gives almost one embedding.
        """
        super().__init__()
        if min(dim, out, hidden, bottleneck, layers) < 1:
            raise InputError("a DINO head's sizes count from 1")
        widths = [dim, *[hidden] * (layers - 1), bottleneck]
        parts: list[nn.Module] = []
        for a, b in itertools.pairwise(widths):
            parts += [nn.Linear(a, b), *([nn.BatchNorm1d(b)] if batch_norm else []), nn.GELU()]
        self.mlp = nn.Sequential(*parts[: -2 if batch_norm else -1])
        self.last_layer = Prototypes(bottleneck, out)
        self.last_layer.weight_g.requires_grad_(not norm_last_layer)
        self.mlp.apply(init_linear)

    def forward(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n k"]:
        """Return the logits over the prototypes."""
        logits: Tensor = self.last_layer(nn.functional.normalize(self.mlp(x), dim=-1))
        return logits


class Prototypes(nn.Module):
    """Linear map without bias whose rows are g v / |v| (weight normalisation, Salimans 2016)."""

    def __init__(self, dim: int, out: int) -> None:
        super().__init__()
        self.weight_g = nn.Parameter(torch.ones(out, 1))
        self.weight_v = nn.Parameter(torch.empty(out, dim))
        nn.init.kaiming_uniform_(self.weight_v, a=5**0.5)  # torch's own for a linear layer

    def forward(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n k"]:
        """Return x's product with each prototype."""
        return nn.functional.linear(
            x, self.weight_g * nn.functional.normalize(self.weight_v, dim=1)
        )
