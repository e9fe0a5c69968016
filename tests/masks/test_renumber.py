"""Kept objects have the numbers from 1 on."""

from __future__ import annotations

import numpy as np

from phenolens.masks.renumber import renumbered


def test_kept_objects_are_numbered_without_gaps_in_their_order() -> None:
    labels = np.array([[0, 1, 1], [2, 3, 4]], dtype=np.int32)
    keep = np.array([True, False, True, False, True])
    made = renumbered(labels, keep)
    assert made.tolist() == [[0, 0, 0], [1, 0, 2]]
    assert made.dtype == np.int32
    assert keep[0]  # what was given is not changed
    assert not renumbered(labels, np.zeros(5, dtype=bool)).any()
