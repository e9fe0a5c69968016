"""A score is the embedding times a slope."""

from __future__ import annotations

import pytest
import torch
from tests.importance.conftest import Frozen, Linear, numbers

from phenolens.importance.score import CallScore


def test_a_score_is_the_embedding_times_the_slope_of_each_image() -> None:
    weights, x, slope = numbers(3, 2, 4, 4), numbers(2, 2, 4, 4, seed=1), numbers(2, 3, seed=2)
    made = CallScore(Linear(weights))(x, slope).detach()
    for n in range(2):
        by_hand = sum(float((x[n] * weights[k]).sum() * slope[n, k]) for k in range(3))
        assert float(made[n]) == pytest.approx(by_hand)


def test_networks_that_pass_no_gradients_on_are_known() -> None:
    weights, x = numbers(1, 1, 2, 2), numbers(1, 1, 2, 2)
    with torch.inference_mode(mode=False), torch.no_grad():
        assert CallScore(Linear(weights)).is_differentiable(x)
        assert not CallScore(Frozen(weights)).is_differentiable(x)
