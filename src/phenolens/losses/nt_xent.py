"""NT-Xent: views of one image agree more than those of two images."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def nt_xent_loss(z: Float[Tensor, "v n d"], temperature: float) -> Float[Tensor, ""]:
    """Return the mean of -log(exp(s_ij / t) / sum over k != i of exp(s_ik / t)) over positives.

    Chen et al. 2020 (SimCLR), equation 1: i and j are views of one image (or of partners), k runs
    over all other views, and s is the cosine. With more than two views the mean is over all ordered
    pairs of one image's views (as the outer sum of Khosla et al. 2020, equation 2). Computed in
    float32, or in float64 where the input is.

    Args:
        z: Projections by view and image.
        temperature: t.

    Raises:
        ValueError: There are fewer than two views.

    Example:
        >>> round(float(nt_xent_loss(torch.eye(2).repeat(2, 1, 1), 1.0)), 4)  # log(1 + 2 / e)
        0.5514
    """
    views, n, _ = z.shape
    if views < 2:
        raise ValueError("views of one image are compared: two are needed")
    with torch.autocast(z.device.type, enabled=False):
        wide = z if z.dtype == torch.float64 else z.float()
        flat = functional.normalize(wide.flatten(0, 1), dim=-1)
        same = torch.eye(len(flat), dtype=torch.bool, device=z.device)
        logits = (flat @ flat.T / temperature).masked_fill(same, -torch.inf)
        log_p = logits - logits.logsumexp(dim=1, keepdim=True)
        image = torch.arange(n, device=z.device).repeat(views)
        positive = (image[:, None] == image) & ~same
        return -log_p[positive].mean()
