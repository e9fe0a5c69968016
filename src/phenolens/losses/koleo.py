"""KoLeo: spreads the embeddings of one step evenly over the sphere."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def koleo_loss(x: Float[Tensor, "n d"], epsilon: float = 1e-8) -> Float[Tensor, ""]:
    """Return -mean log of each embedding's distance to its nearest neighbour on the unit sphere.

    Sablayrolles et al. 2019, equation 6, as DINOv2 uses it (Oquab et al. 2023) to keep the
    embeddings of a step apart. Computed in float32, or in float64 where the input is.

    Args:
        x: Embeddings of different images.
        epsilon: Added to the distance, so that equal embeddings give a finite loss.

    Example:
        >>> round(float(koleo_loss(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))), 4)
        -0.6931
    """
    with torch.autocast(x.device.type, enabled=False):
        x = functional.normalize(x if x.dtype == torch.float64 else x.float(), dim=-1)
        with torch.no_grad():
            dots = x @ x.T
            nearest = dots.fill_diagonal_(-2.0).argmax(dim=1)
        # Not by the dot product: 2 - 2 x.y loses small distances to rounding.
        distance = (x - x[nearest]).norm(dim=1)
        return -torch.log(distance + epsilon).mean()
