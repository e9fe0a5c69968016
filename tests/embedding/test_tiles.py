"""Tiles are slices of the image, centred, row by row."""

from __future__ import annotations

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.embedding.tiles import Tiles


@pytest.mark.parametrize(("height", "width"), [(40, 48), (41, 49), (24, 32)])
def test_equal_slices_made_by_hand(height: int, width: int) -> None:
    images = torch.rand(3, 2, height, width)
    tiles = Tiles(size=8, rows=3, columns=4)
    assert len(tiles) == 12
    cut = tiles.cut(images)
    assert cut.shape == (3, 12, 2, 8, 8)
    top, left = (height - 24) // 2, (width - 32) // 2
    for row in range(3):
        for column in range(4):
            y, x = top + 8 * row, left + 8 * column
            assert torch.equal(cut[:, 4 * row + column], images[:, :, y : y + 8, x : x + 8])


def test_too_many_are_refused() -> None:
    with pytest.raises(InputError, match="3 x 2 tiles of 16 do not fit into images of 40 x 48"):
        Tiles(size=16, rows=3, columns=2).check((40, 48))
    with pytest.raises(InputError, match="use fewer or smaller ones"):
        Tiles(size=32, rows=1, columns=2).cut(torch.rand(1, 1, 40, 48))


@pytest.mark.parametrize("name", ["size", "rows", "columns"])
def test_a_grid_has_at_least_one_tile_of_one_pixel(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: must be from 1 to 65536, got 0"):
        Tiles(**{name: 0})
