"""The head of DINO: an MLP to a bottleneck, and prototypes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.networks.initial import init_linear
from phenolens.networks.projection import Projection

MOST_LAYERS = 100


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
            norm_last_layer: Keep every prototype at norm 1 instead of learning its norm.
            layers: Linear layers of the MLP.
            batch_norm: Normalise the hidden layers over the step (DINO's `use_bn_in_head`): with
                random weights it separates images to which an encoder gives similar embeddings.
        """
        super().__init__()
        if min(dim, out, hidden, bottleneck, layers) < 1 or layers > MOST_LAYERS:
            raise InputError(f"sizes of a DINO head start at 1, layers end at {MOST_LAYERS}")
        widths = (*(hidden,) * (layers - 1), bottleneck)
        self.mlp = Projection(dim, widths, batch_norm=batch_norm, activation="gelu")
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
