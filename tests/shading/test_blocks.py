"""Blocks are cut as CellProfiler cuts them."""

from __future__ import annotations

import numpy as np

from phenolens.shading.blocks import cut, edges, means, minima, spread


def test_blocks_are_those_of_cellprofiler() -> None:
    """centrosome.cpmorphology.block: the label of pixel i is int(i * int(side / block) / side)."""
    for side, block in [(512, 60), (1024, 60), (1280, 60), (40, 8), (7, 3), (5, 9)]:
        count = max(1, int(side / block))
        labels = (np.arange(side) * (count / side)).astype(int)
        assert edges(side, block).tolist() == np.unique(labels, return_index=True)[1].tolist()
    assert cut(10, 3).tolist() == [0, 4, 7]


def test_minima_and_means_by_hand() -> None:
    image = np.arange(24, dtype=np.uint16).reshape(1, 1, 4, 6)
    assert minima(image, 2)[0, 0].tolist() == [[0, 2, 4], [12, 14, 16]]
    assert means(image[0, 0], 2).tolist() == [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]


def test_spread_of_a_flat_field_is_zero_and_of_halves_known() -> None:
    assert spread(np.full((8, 8), 7.0)) == 0.0
    halves = np.ones((8, 8))
    halves[:, 4:] = 3.0
    assert spread(halves) == 0.5  # means 1 and 3: sd 1 in their mean 2
    assert spread(np.zeros((8, 8))) == 0.0
