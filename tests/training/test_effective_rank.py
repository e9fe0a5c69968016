from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from phenolens.training.effective_rank import effective_rank


def test_equals_the_entropy_of_singular_values_in_numpy() -> None:
    x = np.random.default_rng(0).normal(size=(40, 12)) * np.geomspace(1, 1e-3, 12)
    sigma = np.linalg.svd(x, compute_uv=False)
    p = sigma / sigma.sum()
    expected = math.exp(-(p * np.log(p)).sum())
    assert effective_rank(torch.tensor(x)).item() == pytest.approx(expected, rel=1e-10)
    assert effective_rank(torch.tensor(x).float()).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_counts_equal_directions(rank: int) -> None:
    x = torch.zeros(20, 8, dtype=torch.float64)
    x[range(rank), range(rank)] = 2.0
    assert effective_rank(x).item() == pytest.approx(rank, rel=1e-12)


def test_collapse_is_one_and_half_precision_is_widened() -> None:
    same = torch.randn(1, 16).expand(32, 16)
    assert effective_rank(same).item() == pytest.approx(1, abs=1e-4)
    assert effective_rank(torch.zeros(4, 3)).item() == 1
    assert effective_rank(torch.eye(4).bfloat16()).item() == pytest.approx(4, rel=1e-5)


def test_is_nan_where_the_input_is_not_finite() -> None:
    assert math.isnan(effective_rank(torch.tensor([[1.0, math.nan], [0.0, 1.0]])).item())
