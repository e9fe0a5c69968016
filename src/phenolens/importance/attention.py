"""Self-attention of a vision transformer, from the token of the image to its patches."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from phenolens.encoders.base import HasAttention


def last_attention(
    encoder: HasAttention, x: Float[Tensor, "n c h w"], patch: int
) -> Float[Tensor, "n heads a b"]:
    """Return the last block's attention of the image's token to the patches; each map sums to 1.

    As DINO shows it (Caron et al. 2021, figure 1): the row of CLS, without CLS itself.

    Args:
        encoder: With attention.
        x: Images, as it takes them.
        patch: Side of a patch in pixels.
    """
    weights = encoder.attention(x)[:, :, 0, 1:]
    maps = weights / weights.sum(dim=-1, keepdim=True).clamp_min(1e-12)
    return maps.reshape(*maps.shape[:-1], x.shape[-2] // patch, x.shape[-1] // patch)


def rollout(
    encoder: HasAttention, x: Float[Tensor, "n c h w"], patch: int
) -> Float[Tensor, "n a b"]:
    """Return the attention rollout from the image's token to the patches; each map sums to 1.

    Abnar & Zuidema 2020 (arXiv 2005.00928, section 3): of every block the mean over heads, half of
    it and half of the identity (the shortcut), multiplied from the first block to the last.

    Args:
        encoder: With attention.
        x: Images, as it takes them.
        patch: Side of a patch in pixels.
    """
    joint: Tensor | None = None
    for weights in encoder.attentions(x):
        mean = weights.mean(dim=1)
        here = 0.5 * mean + 0.5 * torch.eye(mean.shape[-1], device=mean.device)
        joint = here if joint is None else here @ joint
    assert joint is not None  # noqa: S101 -- a transformer has a block
    row = joint[:, 0, 1:]
    maps = row / row.sum(dim=-1, keepdim=True)
    return maps.reshape(*maps.shape[:-1], x.shape[-2] // patch, x.shape[-1] // patch)


def kept_mass(maps: Float[Tensor, "... a b"], share: float) -> Bool[Tensor, "... a b"]:
    """Return the fewest patches that hold a share of each map's mass, as DINO thresholds its maps.

    Args:
        maps: Each sums to 1.
        share: Of the mass, above 0 and up to 1.
    """
    flat = maps.flatten(-2)
    value, place = flat.sort(dim=-1, descending=True)
    before = value.cumsum(dim=-1) - value
    kept = torch.zeros_like(flat, dtype=torch.bool)
    return kept.scatter(-1, place, before < share - 1e-9).reshape(maps.shape)
