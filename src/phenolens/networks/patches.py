"""Images as patches, where they are, and a random order of them."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from phenolens.core.errors import InputError

_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio, and two factors: splitmix64 (Vigna 2015)
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def patches_of(images: Float[Tensor, "n c h w"], patch: int) -> Float[Tensor, "n p q"]:
    """Return the patches of images row by row; q: the channels, each patch x patch pixels.

    Args:
        images: Their sides are multiples of `patch`.
        patch: Side of a patch, in pixels.
    """
    n, c, height, width = images.shape
    cut = images.reshape(n, c, height // patch, patch, width // patch, patch)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(n, -1, c * patch * patch)


def wave_positions(grid: tuple[int, int], dim: int) -> Float[Tensor, "p d"]:
    """Return fixed positions of patches row by row: sines and cosines of row and column.

    Vaswani et al. 2017 in two dimensions, as in MAE's published code: a quarter of `dim` each for
    sine and cosine of the column, then of the row, at wavelengths from 2 pi to 10,000 times that.

    Args:
        grid: Rows and columns of patches.
        dim: A multiple of 4.
    """
    if dim % 4:
        raise InputError(f"must be a multiple of 4, got {dim}", where="width")
    rate = 10_000.0 ** -(torch.arange(dim // 4, dtype=torch.float64) / (dim // 4))
    rows, columns = (torch.arange(n, dtype=torch.float64)[:, None] * rate for n in grid)
    by_column = torch.cat((columns.sin(), columns.cos()), dim=1)
    by_row = torch.cat((rows.sin(), rows.cos()), dim=1)
    both = torch.cat((by_column.repeat(grid[0], 1), by_row.repeat_interleave(grid[1], 0)), dim=1)
    return both.float()


def random_order(
    images: Int64[Tensor, " n"], patches: int, seed: Int64[Tensor, ""]
) -> Int64[Tensor, "n p"]:
    """Return a random order of the patches of each image, from the image's number and a seed.

    Each patch gets a hash, and patches are sorted by it. So an image's order does not depend on the
    other images of a step, nor on how several processes share it.

    Args:
        images: The number of each image.
        patches: p.
        seed: Of the step.
    """
    of_image = _mixed(_mixed(seed) + images * _signed(_GOLDEN))
    number = torch.arange(1, patches + 1, device=images.device)
    return _mixed(of_image[:, None] + number * _signed(_GOLDEN)).argsort(dim=1)


def _mixed(x: Tensor) -> Tensor:
    """Return a hash of each number: splitmix64's mixer; int64 arithmetic wraps around."""
    x = (x ^ _shifted(x, 30)) * _signed(_FIRST)
    x = (x ^ _shifted(x, 27)) * _signed(_SECOND)
    return x ^ _shifted(x, 31)


def _shifted(x: Tensor, by: int) -> Tensor:
    """Return x shifted to the right as if it had no sign."""
    return (x >> by) & ((1 << (64 - by)) - 1)


def _signed(x: int) -> int:
    return x - (1 << 64) if x >> 63 else x
