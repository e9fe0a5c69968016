"""Transformer blocks, under the parameter names of timm: for encoders and decoders."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

EPS = 1e-6  # of every layer norm, as in timm


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
        """Return each token's weighted mean of the values of all tokens, projected."""
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

    def values(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n heads t k"]:
        """Return what each token gives to those that attend to it, by head."""
        return self._split(x)[2]

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n, t, d = x.shape
        qkv = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        return q, k, v


def _softmax_scores(q: Tensor, k: Tensor) -> Tensor:
    return ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(dim=-1)


class Mlp(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n t d"]:
        """Return each token, mapped on its own."""
        mapped: Tensor = self.fc2(nn.functional.gelu(self.fc1(x)))
        return mapped


def drop_path(x: Float[Tensor, "n ..."], rate: float) -> Float[Tensor, "n ..."]:
    """Return x with each row set to 0 with probability `rate`, the others scaled up accordingly.

    Stochastic depth, Huang et al. 2016. Draws from torch's generator of x's device.
    """
    keep = 1 - rate
    mask = x.new_empty((len(x),) + (1,) * (x.ndim - 1)).bernoulli_(keep)
    return x * (mask / keep)
