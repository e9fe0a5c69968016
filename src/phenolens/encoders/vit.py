"""Vision transformer, under the parameter names of timm and of DINO's released weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phenolens.core.errors import InputError


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
EPS = 1e-6  # of every layer norm, as in timm


class Vit(nn.Module):
    """Vision transformer: one token a patch and a CLS token, pre-norm blocks.

    Dosovitskiy et al. 2021 in DINO's form (Caron et al. 2021): initialised by a truncated normal
    of 0.02, positions interpolated bicubically for other image sizes, exact GELU, no dropout.

    Attributes:
        channels: How many input channels.
        patch: Side of a patch in pixels.
        image: Side of the image that the positions are learnt for, in pixels.
        dim: Length of the embedding.
    """

    def __init__(
        self,
        channels: int,
        *,
        size: Literal["tiny", "small", "base"] = "small",
        patch: int = 8,
        image: int = 224,
        drop_path: float = 0.0,
        depth: int | None = None,
    ) -> None:
        """Build the encoder.

        Args:
            channels: How many input channels.
            size: tiny 192 wide with 3 heads, small 384 with 6, base 768 with 12; 12 blocks.
            patch: Side of a patch in pixels: 8, 14 and 16 have published weights.
            image: Side of the training image in pixels; others are taken by interpolation.
            drop_path: Stochastic depth of the last block, growing linearly from 0 at the first.
            depth: Number of blocks, where a small budget asks for fewer.
        """
        super().__init__()
        shape = SIZES[size]
        depth = shape.depth if depth is None else depth
        if min(channels, depth, patch, image) < 1 or image % patch or not 0 <= drop_path < 1:
            raise InputError(
                f"no vision transformer of {channels} channels, depth {depth}, patch {patch}, "
                f"image {image}, drop_path {drop_path}",
                fix="counts from 1, image a multiple of patch, drop_path in [0, 1)",
            )
        self.channels, self.patch, self.image, self.dim = channels, patch, image, shape.dim
        grid = image // patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + grid * grid, shape.dim))
        self.patch_embed = PatchEmbed(channels, shape.dim, patch)
        rates = [drop_path * i / max(depth - 1, 1) for i in range(depth)]
        self.blocks = nn.ModuleList(Block(shape.dim, shape.heads, rate) for rate in rates)
        self.norm = nn.LayerNorm(shape.dim, eps=EPS)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        self.apply(init_linear)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Return the CLS token after the final norm.

        Raises:
            InputError: Other channels than the encoder's, or sides that patches do not fill.
        """
        tokens: Tensor = self.norm(self._run(x)[:, 0])
        return tokens

    def tokens(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n t d"]:
        """Return all 1 + p tokens after the final norm: CLS, then the patches row by row."""
        tokens: Tensor = self.norm(self._run(x))
        return tokens

    def attention(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n heads t t"]:
        """Return the last block's attention, (from, to) over the 1 + p tokens; rows sum to 1."""
        tokens = self._embed(x)
        for block in self.blocks[:-1]:
            tokens = block(tokens)
        last = self.blocks[-1]
        assert isinstance(last, Block)
        return last.attn.weights(last.norm1(tokens))

    def _run(self, x: Tensor) -> Tensor:
        tokens = self._embed(x)
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
        if x.shape[1] != self.channels:
            raise InputError(f"the encoder takes {self.channels} channels, got {x.shape[1]}")
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
        """Return one token a patch, row by row."""
        patches: Tensor = self.proj(x)
        return patches.flatten(2).transpose(1, 2)


class Block(nn.Module):
    """Pre-norm transformer block with stochastic depth."""

    def __init__(self, dim: int, heads: int, drop_path: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=EPS)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=EPS)
        self.mlp = Mlp(dim, 4 * dim)
        self.drop_path = drop_path

    def forward(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n t d"]:
        """Return the tokens after attention and MLP, each added to what came in."""
        x = x + self._drop(self.attn(self.norm1(x)))
        return x + self._drop(self.mlp(self.norm2(x)))

    def _drop(self, branch: Tensor) -> Tensor:
        return drop_path(branch, self.drop_path) if self.training and self.drop_path else branch


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n t d"]:
        """Return what each token gathers from all."""
        q, k, v = self._split(x)
        if x.is_cuda or q.dtype != torch.bfloat16:
            gathered = nn.functional.scaled_dot_product_attention(q, k, v)
        else:  # on CPUs the fused kernel is slow in bfloat16: 2 to 6 times, with its gradient
            gathered = _softmax_scores(q, k) @ v
        mixed: Tensor = self.proj(gathered.transpose(1, 2).flatten(2))
        return mixed

    def weights(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n heads t t"]:
        """Return the attention of each token (row) to each token (column)."""
        q, k, _ = self._split(x)
        return _softmax_scores(q, k)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n, t, d = x.shape
        qkv = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        return q, k, v


def _softmax_scores(q: Tensor, k: Tensor) -> Tensor:
    return ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(dim=-1)


class Mlp(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n t d"]:
        """Return each token mapped by itself."""
        mapped: Tensor = self.fc2(nn.functional.gelu(self.fc1(x)))
        return mapped


def drop_path(x: Float[Tensor, "n ..."], rate: float) -> Float[Tensor, "n ..."]:
    """Return x with each row zeroed by chance `rate`, the others scaled to keep the expectation.

    Stochastic depth, Huang et al. 2016. Draws from torch's generator of x's device.
    """
    keep = 1 - rate
    mask = x.new_empty((len(x),) + (1,) * (x.ndim - 1)).bernoulli_(keep)
    return x * (mask / keep)


def init_linear(module: nn.Module) -> None:
    """Initialise a linear layer as DINO does: weights from a truncated normal of 0.02, bias 0."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def resize_positions(
    positions: Float[Tensor, "1 t d"], grid: tuple[int, int]
) -> Float[Tensor, "1 s d"]:
    """Return position embeddings for another grid of patches, bicubically, as DINO's code does.

    Bicubic interpolation is linear and separable, so it is two small matrices, made once for each
    size: cheaper than the image kernel, and their gradient is deterministic on CUDA too.

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
    assert matrix.shape[1] == new
    return matrix.T.contiguous()
