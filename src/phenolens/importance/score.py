"""A call as a function of the image: what a map of importance takes apart."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class CallScore(nn.Module):
    """The score of an image: the margin of a call, without its constant.

    A call is linear in the embedding, so its score is the embedding times a slope (`Calls.slopes`,
    which has the scaling of the plate in it). Differentiable where the encoder is.

    Attributes:
        network: (n, c, s, s) -> (n, d): what embeds a tile. It is put into evaluation mode.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.eval()

    def forward(self, x: Float[Tensor, "n c h w"], slope: Float[Tensor, "n d"]) -> Tensor:
        """Return the score of each image.

        Args:
            x: Images, as the encoder takes them.
            slope: Of each image's call, for its plate.
        """
        return (self.network(x) * slope).sum(dim=1)

    def is_differentiable(self, x: Float[Tensor, "n c h w"]) -> bool:
        """Return whether the network passes gradients on (frozen networks of others do not)."""
        with torch.enable_grad():
            return bool(self.network(x[:1].detach().clone().requires_grad_()).requires_grad)
