"""Blocks of a transformer, worked out by hand."""

from __future__ import annotations

import pytest
import torch

from phenolens.networks.transformer import Attention, Block, drop_path


@torch.no_grad()
def test_attention_is_softmax_of_the_scaled_scores() -> None:
    """Vaswani et al. 2017, equation 1, a head and a row at a time; in both precisions' kernels."""
    torch.manual_seed(0)
    attention = Attention(12, 3).double()
    x = torch.randn(2, 5, 12).double()
    q, k, v = attention.qkv(x).reshape(2, 5, 3, 3, 4).unbind(2)
    gathered = torch.zeros(2, 5, 3, 4).double()
    for n in range(2):
        for head in range(3):
            for t in range(5):
                scores = torch.tensor([q[n, t, head] @ k[n, s, head] / 4**0.5 for s in range(5)])
                share = scores.exp() / scores.exp().sum()
                gathered[n, t, head] = sum(share[s] * v[n, s, head] for s in range(5))
    expected = attention.proj(gathered.reshape(2, 5, 12))
    assert torch.allclose(attention(x), expected, atol=1e-12)
    rough = attention.bfloat16()(x.bfloat16()).double()
    assert torch.allclose(rough, expected, atol=0.02)


def test_drop_path_keeps_the_expectation_and_drops_whole_rows() -> None:
    torch.manual_seed(0)
    rate, n = 0.3, 20_000
    dropped = drop_path(torch.ones(n, 2, 3), rate)
    assert sorted(set(dropped.flatten().tolist())) == pytest.approx([0, 1 / (1 - rate)])
    assert torch.equal(dropped, dropped[:, :1, :1].expand(n, 2, 3))
    # Five standard errors of the mean of n Bernoulli draws scaled by 1 / keep.
    assert dropped.mean().item() == pytest.approx(1, abs=5 * (rate / (1 - rate) / n) ** 0.5)


@torch.no_grad()
def test_a_block_adds_attention_then_mlp() -> None:
    torch.manual_seed(0)
    block, x = Block(12, 3, 0.0).double(), torch.randn(2, 5, 12).double()
    after = x + block.attn(block.norm1(x))
    assert torch.allclose(block(x), after + block.mlp(block.norm2(after)), atol=1e-12)


@torch.no_grad()
def test_attention_is_its_weights_times_its_values() -> None:
    torch.manual_seed(0)
    attention = Attention(12, 3).double()
    x = torch.randn(2, 5, 12).double()
    gathered = (attention.weights(x) @ attention.values(x)).transpose(1, 2).flatten(2)
    torch.testing.assert_close(attention(x), attention.proj(gathered))
