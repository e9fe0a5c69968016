"""Vision transformer, under the parameter names of timm and of DINO's released weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.ranges import LARGEST_SIDE, below, between
from phenolens.encoders.base import Encoder
from phenolens.networks.initial import init_linear
from phenolens.networks.positions import resize_positions
from phenolens.networks.transformer import EPS, Block


class Shape(NamedTuple):
    """Width, number of blocks and number of heads of one size."""

    dim: int
    depth: int
    heads: int


SIZES: dict[str, Shape] = {
    "tiny": Shape(192, 12, 3),
    "small": Shape(384, 12, 6),
    "base": Shape(768, 12, 12),
}
MOST_PATCHES = 512  # along a side: more cannot attend to each other on any machine


class Vit(Encoder):
    """Vision transformer: one token per patch and a CLS token, pre-norm blocks.

    Dosovitskiy et al. 2021 in DINO's form (Caron et al. 2021): initialised by a truncated normal
    of 0.02, positions interpolated bicubically for other image sizes, exact GELU, no dropout.

    Attributes:
        patch: Side of a patch in pixels.
        image: Side of the image that the positions are learnt for, in pixels.
        dim: Length of the embedding.
    """

    def __init__(
        self,
        channels: Sequence[str],
        *,
        size: Literal["tiny", "small", "base"] = "small",
        patch: int = 8,
        image: int = 224,
        drop_path: float = 0.0,
        depth: int | None = None,
    ) -> None:
        """Build the encoder.

        Args:
            channels: Names of the channels of an image, in order.
            size: tiny 192 wide with 3 heads, small 384 with 6, base 768 with 12; 12 blocks.
            patch: Side of a patch in pixels: 8, 14 and 16 have published weights.
            image: Side of the training image in pixels; positions are interpolated for others.
            drop_path: Stochastic depth of the last block, growing linearly from 0 at the first.
            depth: Number of blocks, for a small budget; that of the size when None.
        """
        super().__init__(channels)
        self.check({"patch": patch, "image": image, "drop_path": drop_path, "depth": depth})
        shape = SIZES[size]
        depth = shape.depth if depth is None else depth
        self.patch, self.image, self.dim = patch, image, shape.dim
        grid = image // patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + grid * grid, shape.dim))
        self.patch_embed = PatchEmbed(len(self.channels), shape.dim, patch)
        rates = [drop_path * i / max(depth - 1, 1) for i in range(depth)]
        self.blocks = nn.ModuleList(Block(shape.dim, shape.heads, rate) for rate in rates)
        self.norm = nn.LayerNorm(shape.dim, eps=EPS)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        self.apply(init_linear)

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        patch, image = settings["patch"], settings["image"]
        between(1, LARGEST_SIDE, patch=patch, image=image)
        below(0, 1, drop_path=settings["drop_path"])
        if settings["depth"] is not None:
            between(1, 1000, depth=settings["depth"])
        if image % patch or image > MOST_PATCHES * patch:
            raise InputError(
                f"must be a multiple of patch ({patch}), and at most {MOST_PATCHES} of them, got "
                f"{image}",
                where="image",
            )

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the CLS token after the final norm.

        Raises:
            InputError: Another number of channels, or sides that patches do not fill.
        """
        cls_token: Tensor = self.norm(self._run(self._embed(x))[:, 0])
        return cls_token

    def tokens(
        self, x: Float[Tensor, "n c h w"], keep: Int64[Tensor, "n k"] | None = None
    ) -> Float[Tensor, "n t d"]:
        """Return the tokens after the final norm: CLS, then the patches row by row.

        Args:
            x: Images.
            keep: For each image the patches that are seen, 0 .. p - 1, in the order wanted (a
                masked autoencoder sees a quarter of them); all p when None.
        """
        tokens = self._embed(x)
        if keep is not None:
            patches = torch.cat((torch.zeros_like(keep[:, :1]), keep + 1), dim=1)  # 0 is CLS
            tokens = tokens.take_along_dim(patches[..., None], dim=1)
        normed: Tensor = self.norm(self._run(tokens))
        return normed

    def attention(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n heads t t"]:
        """Return the last block's attention, (from, to) over the 1 + p tokens; rows sum to 1."""
        tokens = self._embed(x)
        for block in self.blocks[:-1]:
            tokens = block(tokens)
        last = self.blocks[-1]
        assert isinstance(last, Block)  # noqa: S101 -- for the type checker
        return last.attn.weights(last.norm1(tokens))

    def attentions(self, x: Float[Tensor, "n c h w"]) -> list[Float[Tensor, "n heads t t"]]:
        """Return the attention of every block, (from, to) over the 1 + p tokens; rows sum to 1."""
        tokens, found = self._embed(x), []
        for block in self.blocks:
            assert isinstance(block, Block)  # noqa: S101 -- for the type checker
            found.append(block.attn.weights(block.norm1(tokens)))
            tokens = block(tokens)
        return found

    @classmethod
    def example(cls) -> tuple[Encoder, Tensor]:
        """Return two blocks on two channels, and images."""
        images = torch.rand(4, 2, 16, 24, generator=torch.Generator().manual_seed(0))
        return cls(("DNA", "Actin"), size="tiny", depth=2, patch=8, image=16), images

    def _run(self, tokens: Tensor) -> Tensor:
        for block in self.blocks:
            tokens = block(tokens)
        return tokens

    def _embed(self, x: Tensor) -> Tensor:
        """Return the tokens that enter the first block: CLS and patches, with their positions."""
        self._check(x)
        patches = self.patch_embed(x)
        grid = (x.shape[-2] // self.patch, x.shape[-1] // self.patch)
        tokens = torch.cat((self.cls_token.expand(len(x), -1, -1), patches), dim=1)
        return tokens + resize_positions(self.pos_embed, grid)

    def _check(self, x: Tensor) -> None:
        self.check_channels(x)
        height, width = x.shape[-2:]
        if height % self.patch or width % self.patch or not height or not width:
            near = [max(1, round(side / self.patch)) * self.patch for side in (height, width)]
            raise InputError(
                f"patches of {self.patch} px do not fill an image of {height} x {width} px",
                fix=f"the nearest size that they fill is {near[0]} x {near[1]}",
            )


class PatchEmbed(nn.Module):
    """Linear embedding of square patches that do not overlap."""

    def __init__(self, channels: int, dim: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, kernel_size=patch, stride=patch)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n p d"]:
        """Return one token per patch, row by row."""
        patches: Tensor = self.proj(x)
        return patches.flatten(2).transpose(1, 2)
