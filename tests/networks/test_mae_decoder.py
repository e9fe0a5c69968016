"""The decoder puts what was seen in its place, and a learnt token everywhere else."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.core.errors import InputError
from phenolens.networks.mae_decoder import MaeDecoder
from phenolens.networks.patches import wave_positions


@torch.no_grad()
def test_tokens_are_put_in_their_places() -> None:
    torch.manual_seed(0)
    decoder = MaeDecoder(6, 2, 4, width=8, depth=1, heads=2)
    decoder.blocks = nn.ModuleList()  # what is left is token by token
    tokens, keep = torch.randn(2, 3, 6), torch.tensor([[3, 0], [1, 2]])
    made = decoder(tokens, keep, (2, 3))
    assert made.shape == (2, 6, 2 * 4 * 4)
    where = wave_positions((2, 3), 8)
    for i in range(2):
        for p in range(6):
            seen = keep[i].tolist().index(p) if p in keep[i] else None
            x = decoder.mask_token[0, 0] if seen is None else decoder.embed(tokens[i, 1 + seen])
            expected = decoder.out(decoder.norm(x + where[p]))
            assert torch.allclose(made[i, p], expected, atol=1e-5)


@torch.no_grad()
def test_the_order_of_what_was_seen_does_not_matter() -> None:
    torch.manual_seed(0)
    decoder = MaeDecoder(6, 1, 4, width=8, depth=2, heads=2)
    tokens, keep = torch.randn(1, 4, 6), torch.tensor([[5, 0, 2]])
    turned = decoder(tokens[:, [0, 3, 1, 2]], keep[:, [2, 0, 1]], (2, 3))
    assert torch.allclose(decoder(tokens, keep, (2, 3)), turned, atol=1e-5)


@pytest.mark.parametrize("settings", [{"width": 6, "heads": 4}, {"width": 0}, {"depth": 0}])
def test_sizes_that_do_not_fit_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(InputError, match="width"):
        MaeDecoder(6, 1, 4, **settings)
