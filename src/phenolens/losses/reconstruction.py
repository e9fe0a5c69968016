"""Reconstruction losses: of an image's pixels, and of masked patches."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional


def bce_loss(
    logits: Float[Tensor, "n c h w"], pixels: Float[Tensor, "n c h w"]
) -> Float[Tensor, ""]:
    """Return the mean of -x log p - (1 - x) log(1 - p) over pixels, p = sigmoid(logit).

    Dmitrenko et al. 2022. Its least value is the entropy of the pixels, not 0. Computed in float32,
    or in float64 where the inputs are.

    Args:
        logits: What the decoder gives, before the sigmoid.
        pixels: x, in [0, 1].
    """
    with torch.autocast(logits.device.type, enabled=False):
        wide = logits if logits.dtype == torch.float64 else logits.float()
        return functional.binary_cross_entropy_with_logits(wide, pixels.to(wide.dtype))


def masked_loss(
    predicted: Float[Tensor, "n p q"], wanted: Float[Tensor, "n p q"], hidden: Bool[Tensor, "n p"]
) -> Float[Tensor, ""]:
    """Return the mean squared difference over the pixels of hidden patches.

    He et al. 2022 (MAE), section 3: patches that the encoder saw do not count.

    Args:
        predicted: Patches as the decoder gives them.
        wanted: The patches of the image.
        hidden: Which patches the encoder did not see; as many in each image.
    """
    with torch.autocast(predicted.device.type, enabled=False):
        wide = predicted if predicted.dtype == torch.float64 else predicted.float()
        off = (wide - wanted.to(wide.dtype)).square().mean(dim=-1)
        share = hidden.to(off.dtype)
        return (off * share).sum() / share.sum()
