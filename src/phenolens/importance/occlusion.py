"""Occlusion: what a score loses when one patch of one channel is that of the baseline."""

from __future__ import annotations

from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor

from phenolens.importance.score import CallScore

_AT_ONCE = 64  # images per pass


def occlusion(
    score: CallScore,
    x: Float[Tensor, "n c h w"],
    baseline: Float[Tensor, "n c h w"],
    slopes: Float[Tensor, "m n d"],
    patch: int,
) -> Float[Tensor, "m n c a b"]:
    """Return by how much scores fall without each patch of each channel, one at a time.

    Zeiler & Fergus 2014 (section 4.2), with the baseline's pixels in the place of grey ones. It
    asks for values alone, so any encoder will do. captum's `Occlusion` gives the same numbers, each
    written into all pixels of its patch, in one pass per patch, batch and call; this packs patches
    together, embeds them once for all calls, and gives the grid.

    Args:
        score: Of an image.
        x: Images, filled by the patches.
        baseline: Whose pixels are taken.
        slopes: Of each image's calls.
        patch: Side of a patch in pixels.
    """
    n, c, h, w = x.shape
    grid = (h // patch, w // patch)
    windows = list(product(range(c), range(grid[0]), range(grid[1])))
    lost = x.new_zeros((len(slopes), n, len(windows)))
    with torch.inference_mode():
        whole = score.network(x)
        for i, image in enumerate(x):
            for begin in range(0, len(windows), _AT_ONCE):
                part = windows[begin : begin + _AT_ONCE]
                made = image.expand(len(part), -1, -1, -1).clone()
                for k, (channel, a, b) in enumerate(part):
                    place = (
                        channel,
                        slice(a * patch, (a + 1) * patch),
                        slice(b * patch, (b + 1) * patch),
                    )
                    made[k][place] = baseline[i][place]
                fallen = whole[i] - score.network(made)
                scores = torch.einsum("kd,md->mk", fallen, slopes[:, i])
                lost[:, i, begin : begin + len(part)] = scores
    return lost.reshape(len(slopes), n, c, *grid)
