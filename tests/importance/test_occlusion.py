"""Occlusion of a linear score, and captum's."""

from __future__ import annotations

import pytest
import torch
from tests.importance.conftest import Frozen, Squares, numbers

from phenolens.importance.grid import sums
from phenolens.importance.occlusion import occlusion
from phenolens.importance.score import CallScore

WEIGHTS, X = numbers(2, 3, 4, 6), numbers(5, 3, 4, 6, seed=1)
BASELINE, SLOPE = numbers(5, 3, 4, 6, seed=2), numbers(5, 2, seed=3)


def test_of_a_linear_score_it_is_the_sum_of_what_each_pixel_adds() -> None:
    slopes = torch.stack((SLOPE, -3 * SLOPE))
    made, other = occlusion(CallScore(Frozen(WEIGHTS)), X, BASELINE, slopes, 2)
    by_hand = torch.einsum("nd,dchw->nchw", SLOPE, WEIGHTS) * (X - BASELINE)
    torch.testing.assert_close(made, sums(by_hand, 2))
    torch.testing.assert_close(other, -3 * made)


def test_it_is_captums() -> None:
    library = pytest.importorskip("captum.attr", reason="captum is not installed")
    score = CallScore(Squares(WEIGHTS))
    (made,) = occlusion(score, X, BASELINE, SLOPE[None], 2)
    theirs = library.Occlusion(score).attribute(
        X,
        sliding_window_shapes=(1, 2, 2),
        strides=(1, 2, 2),
        baselines=BASELINE,
        additional_forward_args=(SLOPE,),
    )
    torch.testing.assert_close(made, theirs[:, :, ::2, ::2].to(made), rtol=1e-6, atol=1e-6)
