"""Curves of a score that is a sum over patches, by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import torch
from tests.importance.conftest import Linear

from phenolens.importance.curves import area, importance_order, random_order, replaced
from phenolens.importance.score import CallScore

WORTH = torch.tensor([[1.0, 4.0], [2.0, 3.0]], dtype=torch.float64)  # what each patch adds


def _replaced(order: torch.Tensor, steps: int = 4) -> tuple[np.ndarray, np.ndarray]:
    n = len(order)
    pixels = WORTH.repeat_interleave(2, 0).repeat_interleave(2, 1)[None, None] / 4
    score = CallScore(Linear(pixels))
    x, baseline = torch.ones(n, 1, 4, 4).double(), torch.zeros(n, 1, 4, 4).double()
    return replaced(score, x, baseline, torch.ones(n, 1).double(), order, 2, steps).both


def test_the_most_important_patch_is_replaced_first() -> None:
    order = importance_order(WORTH[None])
    assert order.tolist() == [[1, 3, 2, 0]]
    deletion, insertion = _replaced(order)
    assert deletion.tolist() == [[10, 6, 3, 1, 0]]
    assert insertion.tolist() == [[0, 4, 7, 9, 10]]
    np.testing.assert_allclose(area(deletion), [(10 / 2 + 6 + 3 + 1) / 4])
    assert _replaced(order, steps=2)[0].tolist() == [[10, 3, 0]]
    assert importance_order(torch.zeros(1, 2, 2)).tolist() == [[0, 1, 2, 3]]


def test_random_orders_are_no_better_than_random_orders() -> None:
    """The mean curve of random orders is a line, so its area is half of the whole."""
    order = random_order(2000, 4, torch.Generator().manual_seed(0))
    assert set(map(tuple, order.tolist())) == set(permutations(range(4)))
    deletion, _ = _replaced(order)
    error = float(area(deletion).std()) / 2000**0.5
    assert abs(float(area(deletion).mean()) - 5) < 4 * error
