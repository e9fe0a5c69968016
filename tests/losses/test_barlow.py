"""Barlow Twins' and CDCL's loss against their equations in float64, and against lightly's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from phenolens.losses.barlow import barlow_loss, barlow_mean_loss, correlation

SHAPES = [(4, 3), (9, 2), (5, 6)]


def slow_correlation(a: np.ndarray, b: np.ndarray) -> list[list[float]]:
    """Zbontar et al. 2021, equation 2, with the epsilon of batch normalisation."""
    n, k = a.shape

    def standard(x: np.ndarray) -> list[float]:
        mean = sum(x) / n
        variance = sum((v - mean) ** 2 for v in x) / n
        return [(v - mean) / (variance + 1e-5) ** 0.5 for v in x]

    left, right = ([standard(x[:, i]) for i in range(k)] for x in (a, b))
    return [[sum(map(float.__mul__, p, q)) / n for q in right] for p in left]


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_equations_in_float64(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=shape)
    b = a + rng.normal(size=shape)
    c = slow_correlation(a, b)
    found = correlation(torch.tensor(a), torch.tensor(b))
    assert np.allclose(found.numpy(), c, atol=1e-12)
    k = shape[1]
    diagonal = [(c[i][i] - 1) ** 2 for i in range(k)]
    off = [c[i][j] ** 2 for i in range(k) for j in range(k) if i != j]
    assert barlow_loss(found, 0.3).item() == pytest.approx(sum(diagonal) + 0.3 * sum(off))
    means = (1 - 0.95) * sum(diagonal) / k + 0.95 * sum(off) / len(off)
    expected = means / (1 - 0.95 + 0.01 * 0.95)
    assert barlow_mean_loss(found, 0.95).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("loss", [barlow_loss, barlow_mean_loss])
def test_its_gradient_is_right(loss: Callable[..., torch.Tensor]) -> None:
    a, b = (torch.randn(5, 3, dtype=torch.float64, requires_grad=True) for _ in "ab")
    assert torch.autograd.gradcheck(lambda x, y: loss(correlation(x, y), 0.4), (a, b))


def test_equals_lightlys(judge: Callable[[str, str], Any]) -> None:
    theirs = judge("barlow_twins_loss", "BarlowTwinsLoss")(lambda_param=0.0051)
    a = torch.randn(64, 8, dtype=torch.float64)
    b = a + torch.randn(64, 8, dtype=torch.float64)
    found = barlow_loss(correlation(a, b), 0.0051).item()
    assert found == pytest.approx(theirs(a, b).item(), rel=1e-9)


def test_equals_batch_normalisation_of_torch() -> None:
    """The published code: bn(a).T @ bn(b) / n."""
    a, b = torch.randn(6, 4).double(), torch.randn(6, 4).double()
    norm = torch.nn.BatchNorm1d(4, affine=False, track_running_stats=False).double()
    assert torch.allclose(correlation(a, b), norm(a).T @ norm(b) / 6, atol=1e-12)


def test_a_dimension_without_spread_has_no_correlation() -> None:
    c = correlation(torch.ones(5, 2), torch.randn(5, 2))
    assert not c.any()
    assert barlow_loss(c, 0.1).item() == 2
