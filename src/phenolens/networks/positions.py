"""Position embeddings of patches, for other image sizes than they were learnt for."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, nn


def resize_positions(
    positions: Float[Tensor, "1 t d"], grid: tuple[int, int]
) -> Float[Tensor, "1 s d"]:
    """Return position embeddings for another grid of patches, bicubically, as DINO's code does.

    Bicubic interpolation is linear and separable, so it is two small matrices, computed once per
    size: cheaper than the image kernel, and the gradient is deterministic on CUDA too.

    Args:
        positions: The CLS token's position, then those of a square grid, row by row.
        grid: Rows and columns of patches wanted.
    """
    side = round((positions.shape[1] - 1) ** 0.5)
    if grid == (side, side):
        return positions
    wide = positions if positions.dtype == torch.float64 else positions.float()
    rows, columns = (_bicubic(side, n).to(wide) for n in grid)
    with torch.autocast(positions.device.type, enabled=False):
        by_row = (rows @ wide[0, 1:].reshape(side, -1)).reshape(grid[0], side, -1)
        resized = (columns @ by_row).flatten(0, 1)
        return torch.cat((positions[0, :1], resized.to(positions.dtype)))[None]


@lru_cache(maxsize=128)
def _bicubic(old: int, new: int) -> Float[Tensor, "new old"]:
    """Return the float64 matrix that interpolates `old` points to `new`.

    The 0.1 is DINO's own (its issue 8): it guards against rounding in the scale, and the released
    weights were used with it.
    """
    basis = torch.eye(old, dtype=torch.float64)[None, :, :, None]
    scale = ((new + 0.1) / old, 1.0)
    matrix = nn.functional.interpolate(basis, scale_factor=scale, mode="bicubic")[0, :, :, 0]
    assert matrix.shape[1] == new  # noqa: S101 -- what the scale above was chosen for
    return matrix.T.contiguous()
