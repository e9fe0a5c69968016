"""Whole cells have the label of their nucleus."""

from __future__ import annotations

import numpy as np

from phenolens.masks.cells import cells, inside

NUCLEI = np.zeros((60, 90), dtype=np.int32)
NUCLEI[25:35, 20:30] = 1
NUCLEI[25:35, 60:70] = 2


def stain() -> np.ndarray:
    image = np.full((60, 90), 100.0)
    image[15:45, 10:80] = 3000  # both cells, which touch
    image[2:10, 2:10] = 3000  # a piece without a nucleus
    return np.random.default_rng(0).poisson(image).astype(np.uint16)


def test_what_is_stained_is_shared_out_by_the_nearest_nucleus() -> None:
    made = cells(stain(), NUCLEI)
    assert set(np.unique(made)) == {0, 1, 2}
    assert (made[20:40, 15:44] == 1).all()
    assert (made[20:40, 46:75] == 2).all()
    assert (made[:11, :11] == 0).all()
    assert (made[NUCLEI > 0] == NUCLEI[NUCLEI > 0]).all()
    assert not cells(stain(), np.zeros_like(NUCLEI)).any()


def test_objects_at_the_border_can_be_left_out() -> None:
    labels = NUCLEI.copy()
    labels[0:5, 40:50] = 3
    labels[40:50, 80:90] = 4
    assert np.array_equal(inside(labels), NUCLEI)
