"""Attention x gradient, with the last block written out around its attention."""

from __future__ import annotations

import pytest
import torch
from tests.importance.conftest import Linear, numbers

from phenolens.core.errors import InputError
from phenolens.encoders.vit import Vit
from phenolens.importance.attention_gradients import attention_gradients, last_block
from phenolens.importance.score import CallScore
from phenolens.networks.transformer import Block


def test_it_is_the_positive_part_of_attention_times_its_gradient() -> None:
    torch.manual_seed(0)
    encoder = Vit(("DNA", "Actin"), size="tiny", depth=2, patch=4, image=8).double().eval()
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    x, slope = numbers(2, 2, 8, 12), numbers(2, encoder.dim, seed=1)
    made = attention_gradients(CallScore(encoder), encoder, x, slope, 4)

    block = encoder.blocks[1]
    assert isinstance(block, Block)
    with torch.no_grad():
        tokens = encoder.blocks[0](encoder._embed(x))
        normed = block.norm1(tokens)
        values = block.attn.qkv(normed).reshape(2, 7, 3, 3, 64).permute(2, 0, 3, 1, 4)[2]
    weights = block.attn.weights(normed).detach().requires_grad_()
    gathered = (weights @ values).transpose(1, 2).flatten(2)
    tokens = tokens + block.attn.proj(gathered)
    tokens = tokens + block.mlp(block.norm2(tokens))
    score = (encoder.norm(tokens[:, 0]) * slope).sum()
    (gradient,) = torch.autograd.grad(score, weights)
    by_hand = (weights * gradient).clamp_min(0).mean(dim=1)[:, 0, 1:].reshape(2, 1, 2, 3)
    torch.testing.assert_close(made, by_hand.detach())
    assert float(made.max()) > 1e-6


def test_an_encoder_without_attention_is_refused() -> None:
    with pytest.raises(InputError, match="the encoder Linear has no attention"):
        last_block(Linear(numbers(1, 1, 2, 2)))
