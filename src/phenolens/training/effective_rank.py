"""Effective rank: how many directions an embedding uses."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def effective_rank(embeddings: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Return the exponential of the entropy of the normalised singular values, in [1, min(n, d)].

    RankMe, Garrido et al. 2023, equation 1 (without its epsilon: 0 log 0 is taken as 0, so that
    collapse to one direction gives 1 exactly). Computed in float32, or in float64 where the input
    is. NaN where the input is not finite.
    """
    wide = embeddings if embeddings.dtype == torch.float64 else embeddings.float()
    if not torch.isfinite(wide).all():
        return wide.new_full((), torch.nan)
    sigma = torch.linalg.svdvals(wide)
    p = sigma / sigma.sum().clamp_min(torch.finfo(sigma.dtype).tiny)
    return torch.special.entr(p).sum().exp()
