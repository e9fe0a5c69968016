"""Patches by hand, positions by their formula, and orders that look random."""

from __future__ import annotations

import math

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.networks.patches import patches_of, random_order, wave_positions


def test_patches_by_hand() -> None:
    image = torch.arange(32.0).reshape(1, 2, 4, 4)
    patches = patches_of(image, 2)
    assert patches[0, 1].tolist() == [2, 3, 6, 7, 18, 19, 22, 23]
    assert patches[0, 2].tolist() == [8, 9, 12, 13, 24, 25, 28, 29]


def test_positions_equal_their_formula() -> None:
    found = wave_positions((2, 3), 8)
    for row in range(2):
        for column in range(3):
            rates = [1.0, 0.01]
            expected = [
                f(place * r) for place in (column, row) for f in (math.sin, math.cos) for r in rates
            ]
            assert found[3 * row + column].tolist() == pytest.approx(expected, abs=1e-6)
    with pytest.raises(InputError, match="multiple of 4"):
        wave_positions((2, 2), 6)


def test_an_order_depends_on_its_image_and_the_seed_alone() -> None:
    rows, seed = torch.tensor([5, 900, 12]), torch.tensor(7)
    orders = random_order(rows, 16, seed)
    assert orders.sort(dim=1).values.tolist() == [list(range(16))] * 3
    assert torch.equal(random_order(rows.flip(0), 16, seed), orders.flip(0))
    assert torch.equal(random_order(rows[1:2], 16, seed), orders[1:2])
    assert not torch.equal(random_order(rows, 16, torch.tensor(8)), orders)
    assert len(set(map(tuple, orders.tolist()))) == 3


def test_every_patch_is_first_as_often() -> None:
    orders = random_order(torch.arange(16_000), 16, torch.tensor(3))
    counts = torch.stack([torch.bincount(orders[:, i], minlength=16) for i in (0, 7, 15)])
    assert (counts - 1000).abs().max() < 5 * 1000**0.5
    pairs = torch.bincount(orders[:, 0] * 16 + orders[:, 1], minlength=256).reshape(16, 16)
    off = pairs[~torch.eye(16, dtype=torch.bool)].float()
    assert (off - 16_000 / 240).abs().max() < 5 * (16_000 / 240) ** 0.5
