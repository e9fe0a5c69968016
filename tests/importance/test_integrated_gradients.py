"""Integrated gradients of scores whose integral is known."""

from __future__ import annotations

import pytest
import torch
from tests.importance.conftest import Linear, Squares, numbers

from phenolens.importance.integrated_gradients import integrated_gradients
from phenolens.importance.score import CallScore

pytest.importorskip("captum", reason="captum is not installed: pip install 'phenolens[explain]'")
WEIGHTS, X = numbers(2, 3, 4, 4), numbers(5, 3, 4, 4, seed=1)
BASELINE, SLOPE = numbers(5, 3, 4, 4, seed=2), numbers(5, 2, seed=3)
_WHOLE = torch.einsum("nd,dchw->nchw", SLOPE, WEIGHTS)  # the weight of each pixel
_FLOAT32 = 2e-6  # captum's weights of the steps


@pytest.mark.parametrize("steps", [1, 7, 32])
def test_of_a_linear_score_they_are_the_weight_times_the_difference(steps: int) -> None:
    score = CallScore(Linear(WEIGHTS))
    made = integrated_gradients(score, X, BASELINE, SLOPE, steps)
    torch.testing.assert_close(made, _WHOLE * (X - BASELINE), rtol=_FLOAT32, atol=_FLOAT32)


def test_of_squares_they_are_the_difference_of_squares_and_add_up_to_that_of_scores() -> None:
    score = CallScore(Squares(WEIGHTS))
    made = integrated_gradients(score, X, BASELINE, SLOPE, 4)
    torch.testing.assert_close(made, _WHOLE * (X**2 - BASELINE**2), rtol=_FLOAT32, atol=_FLOAT32)
    gap = score(X, SLOPE) - score(BASELINE, SLOPE)
    torch.testing.assert_close(made.sum(dim=(1, 2, 3)), gap.detach(), rtol=1e-5, atol=1e-4)
