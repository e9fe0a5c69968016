"""BYOL's loss: a prediction points where the target's projection points."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

Pair = tuple[int, int]


def byol_loss(
    target: Float[Tensor, "g n d"],
    predicted: Float[Tensor, "v n d"],
    pairs: Sequence[Pair] | None = None,
) -> Float[Tensor, ""]:
    """Return twice the mean of 2 - 2 cos(prediction, target) over pairs of different views.

    Grill et al. 2020, equation 2, made symmetric: with two views it is the sum of both orders. No
    gradient reaches the target. Computed in float32, or in float64 where the inputs are.

    Args:
        target: Projections of the target network by view.
        predicted: Predictions of the online network by view; its first g views are the target's.
        pairs: (target view, predicted view); by default all of two different views.

    Raises:
        ValueError: There is no pair.
    """
    if pairs is None:
        pairs = [(i, j) for i in range(len(target)) for j in range(len(predicted)) if i != j]
    if not pairs:
        raise ValueError("no view of the target is paired with another view")
    with torch.autocast(target.device.type, enabled=False):
        z, q = (
            functional.normalize(x if x.dtype == torch.float64 else x.float(), dim=-1)
            for x in (target.detach(), predicted)
        )
        off = [2 - 2 * (z[i] * q[j]).sum(dim=-1).mean() for i, j in pairs]
        return 2 * torch.stack(off).mean()
