"""BYOL's loss against its equation, term by term in float64, and against lightly's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from phenolens.losses.byol import byol_loss


def slow_twin(target: np.ndarray, predicted: np.ndarray) -> float:
    """Grill et al. 2020, equation 2: the squared distance of unit vectors, both orders added."""
    terms = []
    for i in range(len(target)):
        for j in range(len(predicted)):
            for z, q in zip(target[i], predicted[j], strict=True):
                if i != j:
                    unit = z / math.sqrt(sum(z**2)), q / math.sqrt(sum(q**2))
                    terms.append(float(sum((unit[1] - unit[0]) ** 2)))
    return 2 * sum(terms) / len(terms)


@pytest.mark.parametrize(("g", "v", "n", "d"), [(2, 2, 3, 4), (2, 4, 5, 2), (1, 3, 2, 6)])
def test_equals_the_equation_in_float64(g: int, v: int, n: int, d: int) -> None:
    rng = np.random.default_rng(0)
    target, predicted = rng.normal(size=(g, n, d)), rng.normal(size=(v, n, d))
    found = byol_loss(torch.tensor(target), torch.tensor(predicted))
    assert found.item() == pytest.approx(slow_twin(target, predicted), rel=1e-12)


def test_with_two_views_both_orders_are_added() -> None:
    z, q = torch.randn(2, 3, 4).double(), torch.randn(2, 3, 4).double()
    cosine = torch.nn.functional.cosine_similarity
    both = (2 - 2 * cosine(q[0], z[1])).mean() + (2 - 2 * cosine(q[1], z[0])).mean()
    assert byol_loss(z, q).item() == pytest.approx(both.item(), rel=1e-12)


def test_its_gradient_is_right_and_none_reaches_the_target() -> None:
    z = torch.randn(2, 3, 4, dtype=torch.float64)
    q = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: byol_loss(z, x), (q,))
    z.requires_grad_()
    byol_loss(z, q).backward()  # type: ignore[no-untyped-call]
    assert z.grad is None
    assert q.grad is not None


def test_equals_lightlys(judge: Callable[[str, str], Any]) -> None:
    theirs = judge("negative_cosine_similarity", "NegativeCosineSimilarity")()
    z, q = torch.randn(2, 5, 8).double(), torch.randn(2, 5, 8).double()
    expected = 4 + 2 * (theirs(q[0], z[1]) + theirs(q[1], z[0]))
    assert byol_loss(z, q).item() == pytest.approx(expected.item(), rel=1e-9)


def test_a_view_without_another_is_refused() -> None:
    one = torch.randn(1, 2, 3)
    with pytest.raises(ValueError, match="no view"):
        byol_loss(one, one)
