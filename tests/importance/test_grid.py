"""Patches of an image, by hand."""

from __future__ import annotations

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.importance.grid import check_grid, resized, spread, sums


def test_sums_over_patches_and_the_pixels_of_patches() -> None:
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert sums(image, 2).tolist() == [[[[10.0, 18.0], [42.0, 50.0]]]]
    chosen = spread(torch.tensor([[[True, False], [False, False]]]), 2)
    assert chosen[0, 0].int().tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0] * 4, [0] * 4]


def test_maps_of_another_size_are_brought_to_the_grid() -> None:
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert resized(image, (2, 2)).tolist() == [[[[2.5, 4.5], [10.5, 12.5]]]]
    assert resized(torch.ones(1, 1, 2, 2), (5, 5)).tolist() == torch.ones(1, 1, 5, 5).tolist()


def test_patches_that_do_not_fill_a_tile_are_refused() -> None:
    check_grid(64, 8)
    with pytest.raises(InputError, match=r"patches of 7 px do not fill a tile of 64 px.*patch = 8"):
        check_grid(64, 7)
