"""Grid: an image cut into square patches, which maps are made of and curves replace."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from phenolens.core.errors import InputError


def check_grid(size: int, patch: int) -> None:
    """Raise InputError where patches do not fill a square image.

    Args:
        size: Side of the image in pixels.
        patch: Side of a patch in pixels.
    """
    if size % patch:
        fits = [p for p in range(1, size + 1) if not size % p]
        nearest = min(fits, key=lambda p: (abs(p - patch), p))
        raise InputError(
            f"patches of {patch} px do not fill a tile of {size} px",
            where="patch",
            fix=f"set patch = {nearest}",
        )


def sums(pixels: Float[Tensor, "n c h w"], patch: int) -> Float[Tensor, "n c a b"]:
    """Return the sum over each patch."""
    n, c, h, w = pixels.shape
    return pixels.reshape(n, c, h // patch, patch, w // patch, patch).sum(dim=(3, 5))


def spread(patches: Bool[Tensor, "n a b"], patch: int) -> Bool[Tensor, "n 1 h w"]:
    """Return the pixels that are in the patches chosen."""
    wide = patches.repeat_interleave(patch, dim=1).repeat_interleave(patch, dim=2)
    return wide[:, None]


def resized(maps: Float[Tensor, "n c a b"], grid: tuple[int, int]) -> Float[Tensor, "n c k l"]:
    """Return maps of another size on a grid: means of their area, or linear between their cells."""
    if maps.shape[-2] >= grid[0]:
        return torch.nn.functional.adaptive_avg_pool2d(maps, grid)
    return torch.nn.functional.interpolate(maps, grid, mode="bilinear", align_corners=False)
