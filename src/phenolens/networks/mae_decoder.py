"""The decoder of a masked autoencoder: from the tokens of some patches to the pixels of all."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.networks.initial import init_linear
from phenolens.networks.patches import wave_positions
from phenolens.networks.transformer import EPS, Block


class MaeDecoder(nn.Module):
    """A small transformer over all patches; one learnt token stands for each hidden patch.

    He et al. 2022, section 3. Positions are fixed (sines and cosines), so it takes any image size.
    """

    def __init__(
        self,
        dim: int,
        channels: int,
        patch: int,
        *,
        width: int = 512,
        depth: int = 8,
        heads: int = 16,
    ) -> None:
        """Build the blocks.

        Args:
            dim: Length of the encoder's tokens.
            channels: Of the image.
            patch: Side of a patch, in pixels.
            width: Of the decoder's tokens: a multiple of 4 and of `heads`.
            depth: Number of blocks.
            heads: Of attention.
        """
        super().__init__()
        if min(dim, channels, patch, width, depth, heads) < 1 or width % heads or width % 4:
            raise InputError(
                f"must be a multiple of 4 and of heads ({heads}), got {width}", where="width"
            )
        self.embed = nn.Linear(dim, width)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(Block(width, heads, 0.0) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.out = nn.Linear(width, channels * patch * patch)
        nn.init.trunc_normal_(self.mask_token, std=0.02)
        self.apply(init_linear)

    def forward(
        self, tokens: Float[Tensor, "n t d"], keep: Int64[Tensor, "n k"], grid: tuple[int, int]
    ) -> Float[Tensor, "n p q"]:
        """Return the pixels of all patches, as `patches_of` orders them.

        Args:
            tokens: The CLS token, then those of the patches that were seen.
            keep: Which patches these are.
            grid: Rows and columns of patches in the whole image.
        """
        x = self.embed(tokens)
        n, width = len(x), x.shape[2]
        places = keep[..., None].expand(-1, -1, width)
        empty = self.mask_token.to(x.dtype).expand(n, grid[0] * grid[1], width)
        patches = empty.scatter(1, places, x[:, 1:])
        positions = wave_positions(grid, width).to(x)
        x = torch.cat((x[:, :1], patches + positions), dim=1)
        for block in self.blocks:
            x = block(x)
        made: Tensor = self.out(self.norm(x[:, 1:]))
        return made
