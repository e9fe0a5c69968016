"""Reconstruction losses against their equations, term by term in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from phenolens.losses.reconstruction import bce_loss, masked_loss


@pytest.mark.parametrize("shape", [(2, 1, 3, 3), (1, 5, 2, 4), (3, 2, 4, 4)])
def test_cross_entropy_equals_the_equation_in_float64(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    logits, pixels = rng.normal(size=shape), rng.random(size=shape)
    terms = []
    for a, x in zip(logits.ravel(), pixels.ravel(), strict=True):
        p = 1 / (1 + math.exp(-a))
        terms.append(-x * math.log(p) - (1 - x) * math.log(1 - p))
    found = bce_loss(torch.tensor(logits), torch.tensor(pixels))
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-12)


@pytest.mark.parametrize("shape", [(2, 4, 3), (1, 9, 5), (3, 2, 2)])
def test_masked_difference_equals_the_equation_in_float64(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    drawn, wanted = rng.normal(size=shape), rng.normal(size=shape)
    hidden = np.zeros(shape[:2], dtype=bool)
    hidden[:, ::2] = True
    terms = [
        (drawn[i, p, q] - wanted[i, p, q]) ** 2
        for i in range(shape[0])
        for p in range(0, shape[1], 2)
        for q in range(shape[2])
    ]
    found = masked_loss(torch.tensor(drawn), torch.tensor(wanted), torch.tensor(hidden))
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-12)


def test_their_gradients_are_right() -> None:
    logits = torch.randn(2, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    pixels = torch.rand(2, 1, 3, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: bce_loss(x, pixels), (logits,))
    drawn = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    wanted = torch.randn(2, 3, 4, dtype=torch.float64)
    hidden = torch.tensor([[True, False, True], [False, True, True]])
    assert torch.autograd.gradcheck(lambda x: masked_loss(x, wanted, hidden), (drawn,))


def test_what_was_seen_does_not_count() -> None:
    drawn = torch.zeros(1, 2, 3, requires_grad=True)
    term = masked_loss(drawn, torch.ones(1, 2, 3), torch.tensor([[True, False]]))
    torch.autograd.backward(term)
    assert term.item() == 1
    assert drawn.grad is not None
    assert not drawn.grad[0, 1].any()


def test_large_logits_are_finite_and_half_precision_is_worked_in_float32() -> None:
    logits = torch.tensor([[[[200.0, -200.0]]]])
    assert bce_loss(logits, torch.tensor([[[[1.0, 0.0]]]])).item() == 0
    assert bce_loss(logits, torch.tensor([[[[0.0, 1.0]]]])).item() == pytest.approx(200)
    assert bce_loss(logits.bfloat16(), torch.rand(1, 1, 1, 2)).dtype == torch.float32
