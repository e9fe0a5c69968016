from __future__ import annotations

import math

import numpy as np
import pytest

from phenolens.neighbours.far_apart import DISTANCES, LineDistances


def far_apart(x: list[list[float]]) -> LineDistances:
    """Rows 0 and 1 are drug a, row 2 drug b, rows 3 and 4 controls."""
    drugs = {"a": np.array([0, 1]), "b": np.array([2])}
    return LineDistances(np.array(x, dtype=np.float64), drugs, np.array([3, 4]))


def test_d_worked_by_hand_on_a_line() -> None:
    """a at 10 and 12, b at 14, controls at 0 and 2.

    D = median(4, 2) = 3; a to controls: 10, 8, 12, 10, median 10; b: 14, 12, median 13;
    Dhat = 11.5; d = 8.5 / 11.5.
    """
    far = far_apart([[10], [12], [14], [0], [2]])
    assert far.median("a", "b", "euclidean") == 3
    inverse, d = far.similarity("a", "b", "euclidean")
    assert inverse == pytest.approx(1 / 3)
    assert d == pytest.approx(8.5 / 11.5)
    assert far.similarity("b", "a", "euclidean") == (inverse, d)


def test_unrelated_effects_of_equal_length_lie_below_zero() -> None:
    far = far_apart([[5, 0], [5, 0], [0, 5], [0, 0], [0, 0]])
    assert far.similarity("a", "b", "euclidean")[1] == pytest.approx(1 - math.sqrt(2))


def test_undefined_is_no_number() -> None:
    far = far_apart([[0, 0], [0, 0], [1, 2], [1, 1], [1, 1]])
    assert math.isnan(far.similarity("a", "b", "cosine")[1])
    same = far_apart([[1, 2]] * 5)
    for distance in DISTANCES:
        assert all(map(math.isnan, same.similarity("a", "b", distance)))
    assert not far.has("a", "c")
