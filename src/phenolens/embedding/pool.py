"""Pool: feature maps become numbers that say what is in an image, and not where."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.encoders.base import HasMaps

Pool = Literal["none", "moments"]


class Moments(nn.Module):
    """An encoder whose embedding is the mean and standard deviation of each of its feature maps.

    Of every layer, over all places of an image, as texture statistics are taken from networks
    (Gatys et al. 2015, arXiv 1505.07376, use the products of maps; these are their diagonal).
    Cells that move change no feature, which an embedding of places (`conv_stack`) does not have.

    Attributes:
        dim: Twice the number of feature maps of all layers.
    """

    def __init__(self, encoder: nn.Module) -> None:
        """Look at the maps of an encoder.

        Raises:
            InputError: It has none.
        """
        super().__init__()
        if not isinstance(encoder, HasMaps):
            raise InputError(
                f"the encoder {type(encoder).__name__} has no feature maps",
                where="embedding.pool",
                fix='set pool = "none", or use conv_stack, conv_net or resnet',
            )
        self.encoder = encoder
        self.dim = 2 * sum(encoder.map_widths)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return layer by layer the means of its maps, then their standard deviations.

        The standard deviation divides by the number of places: it is 0 where there is one.
        """
        figures: list[Tensor] = []
        for maps in self.encoder.maps(x):
            figures += [maps.mean((2, 3)), maps.std((2, 3), correction=0)]
        return torch.cat(figures, dim=1)


def pooled(encoder: nn.Module, pool: Pool) -> nn.Module:
    """Return the network that embeds: the encoder as it is, or with its maps pooled.

    Args:
        encoder: (n, c, s, s) -> (n, d).
        pool: `none`, or `moments`: see `Moments`.

    Raises:
        InputError: The encoder has no feature maps to pool.
    """
    return Moments(encoder) if pool == "moments" else encoder
