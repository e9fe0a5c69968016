"""Attention gradients: which patches a transformer's last block reads because of a score."""

from __future__ import annotations

from contextlib import ExitStack

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.importance.score import CallScore
from phenolens.networks.transformer import Attention


def attention_gradients(
    score: CallScore,
    encoder: nn.Module,
    x: Float[Tensor, "n c h w"],
    slope: Float[Tensor, "n d"],
    patch: int,
) -> Float[Tensor, "n 1 a b"]:
    """Return the last block's attention from the image to the patches, times its gradient.

    Chefer, Gur & Wolf 2021 (arXiv 2103.15679, equation 5), of the last block: the mean over heads
    of the positive part of attention x gradient of the score. Attention enters the block's output
    as a sum of values, so the gradient of one weight is the gradient of that output times the
    value. captum has no such method.

    Args:
        score: Differentiable, of a network that contains the encoder.
        encoder: A transformer of blocks as in `networks/transformer.py`.
        x: Images.
        slope: Of each image's call.
        patch: Side of the encoder's patches in pixels.

    Raises:
        InputError: The encoder has no such block.
    """
    last = last_block(encoder)
    kept: dict[str, Tensor] = {}
    with ExitStack() as hooks, torch.enable_grad():
        for part, name in ((last, "tokens"), (last.proj, "gathered")):
            hook = part.register_forward_pre_hook(
                lambda _, given, name=name: kept.update({name: given[0]})
            )
            hooks.callback(hook.remove)
        total = score(x.detach().clone().requires_grad_(), slope).sum()
        (gradient,) = torch.autograd.grad(total, kept["gathered"])
    with torch.no_grad():
        weights = last.weights(kept["tokens"])[:, :, 0, 1:]  # (n, heads, patches)
        values = last.values(kept["tokens"])[:, :, 1:]  # (n, heads, patches, d / heads)
        of_image = gradient[:, 0].reshape(len(x), last.heads, -1)  # (n, heads, d / heads)
        raises = torch.einsum("nhpd,nhd->nhp", values, of_image)
        maps = (weights * raises).clamp_min(0).mean(dim=1)
    grid = (x.shape[-2] // patch, x.shape[-1] // patch)
    return maps.reshape(len(x), 1, *grid)


def last_block(encoder: nn.Module) -> Attention:
    """Return the attention of the last block.

    Raises:
        InputError: There is none.
    """
    found = [part for part in encoder.modules() if isinstance(part, Attention)]
    if not found:
        raise InputError(f"the encoder {type(encoder).__name__} has no attention")
    return found[-1]
