"""NT-Xent against its equation, term by term in float64, and against lightly's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from phenolens.losses.nt_xent import nt_xent_loss


def slow_twin(z: np.ndarray, t: float) -> float:
    """Chen et al. 2020, equation 1, for every ordered pair of an image's views."""
    views, n, _ = z.shape
    flat = [(v, i, z[v, i] / math.sqrt(sum(z[v, i] ** 2))) for v in range(views) for i in range(n)]
    terms = []
    for a, (v, i, x) in enumerate(flat):
        total = sum(math.exp(float(x @ y) / t) for b, (_, _, y) in enumerate(flat) if b != a)
        for w, j, y in flat:
            if j == i and w != v:
                terms.append(-math.log(math.exp(float(x @ y) / t) / total))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 7, 2), (3, 4, 5)])
@pytest.mark.parametrize("t", [0.1, 0.5])
def test_equals_the_equation_in_float64(shape: tuple[int, ...], t: float) -> None:
    z = np.random.default_rng(0).normal(size=shape)
    found = nt_xent_loss(torch.tensor(z), t)
    assert found.dtype == torch.float64
    assert found.item() == pytest.approx(slow_twin(z, t), rel=1e-12)
    rough = nt_xent_loss(torch.tensor(z, dtype=torch.float32), t)
    assert rough.item() == pytest.approx(slow_twin(z, t), rel=1e-5)


def test_its_gradient_is_right() -> None:
    z = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: nt_xent_loss(x, 0.3), (z,))


@pytest.mark.parametrize(("n", "d", "t"), [(4, 8, 0.1), (16, 32, 0.5), (1, 3, 0.2)])
def test_equals_lightlys(judge: Callable[[str, str], Any], n: int, d: int, t: float) -> None:
    theirs = judge("ntx_ent_loss", "NTXentLoss")(temperature=t)
    z = torch.randn(2, n, d, dtype=torch.float64)
    assert nt_xent_loss(z, t).item() == pytest.approx(theirs(z[0], z[1]).item(), rel=1e-9, abs=1e-9)


def test_a_collapsed_output_costs_the_log_of_the_others() -> None:
    """Cosines of 1 everywhere: each of the 2n - 1 others is as likely."""
    assert nt_xent_loss(torch.ones(2, 5, 3), 0.1).item() == pytest.approx(math.log(9), rel=1e-6)


def test_one_image_is_enough() -> None:
    """A batch of one has nothing to tell apart; it is not an error (the published code fails)."""
    assert nt_xent_loss(torch.randn(2, 1, 8), 0.1).item() == pytest.approx(0, abs=1e-6)


def test_length_does_not_count_and_order_of_images_does_not() -> None:
    z = torch.randn(2, 6, 4, dtype=torch.float64)
    order = torch.randperm(6)
    assert nt_xent_loss(z, 0.2).item() == pytest.approx(nt_xent_loss(7 * z, 0.2).item())
    assert nt_xent_loss(z, 0.2).item() == pytest.approx(nt_xent_loss(z[:, order], 0.2).item())


def test_half_precision_is_worked_in_float32() -> None:
    z = torch.randn(2, 8, 16).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = nt_xent_loss(z, 0.1)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(nt_xent_loss(z.double(), 0.1).item(), rel=1e-4)


def test_one_view_is_refused() -> None:
    one: Tensor = torch.randn(1, 3, 4)
    with pytest.raises(ValueError, match="two are needed"):
        nt_xent_loss(one, 0.1)
