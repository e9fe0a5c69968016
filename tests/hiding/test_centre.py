"""Cells by nuclei, and the one in the middle."""

from __future__ import annotations

import numpy as np

from phenolens.hiding.centre import cells_of, central
from phenolens.masks.compartments import BACKGROUND, CYTOPLASM, NUCLEUS


def test_cytoplasm_belongs_to_the_nearest_nucleus() -> None:
    labels = np.full((5, 12), CYTOPLASM, dtype=np.uint8)
    labels[2, 2] = labels[2, 9] = NUCLEUS
    labels[:, 0] = BACKGROUND
    cells = cells_of(labels)
    assert (cells[:, 0] == 0).all()
    assert (cells[:, 1:6] == cells[2, 2]).all()
    assert (cells[:, 6:] == cells[2, 9]).all()
    assert set(np.unique(cells)) == {0, 1, 2}


def test_the_nearest_cell_is_in_the_middle_and_there_may_be_none() -> None:
    labels = np.full((9, 9), BACKGROUND, dtype=np.uint8)
    assert not central(cells_of(labels)).any()
    labels[4, 6] = labels[0, 0] = NUCLEUS
    assert np.argwhere(central(cells_of(labels))).tolist() == [[4, 6]]
