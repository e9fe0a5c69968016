"""The gradient of both terms, against finite differences of the paper's two losses in float64."""

from __future__ import annotations

import pytest
import torch
from tests.lenses.conftest import SIDE, small_lens
from torch import Tensor
from torch.nn import functional

from phenolens.lenses.loss import lens_terms

STEP = 1e-6


@pytest.mark.parametrize("coefficient", [2.5, -20.0, 0.0])
def test_lens_and_classifier_have_the_gradients_of_their_own_losses(coefficient: float) -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    lens = small_lens(3).double()
    frozen, weight = drawn(5, 2 * SIDE**2) / 3, drawn(4, 5).requires_grad_()
    x = torch.rand(3, 2, SIDE, SIDE, generator=generator, dtype=torch.float64)
    y = torch.tensor([0, 3, 1])

    def called(images: Tensor) -> Tensor:
        return torch.tanh(images.flatten(1) @ frozen.T) @ weight.T

    def losses() -> tuple[float, float]:
        """Return BCE(L(x), x) - c CE, which the lens minimises, and CE of the classifier."""
        with torch.no_grad():
            drawn_again = lens(x)
            ce = functional.cross_entropy(called(drawn_again), y)
            bce = -(x * drawn_again.log() + (1 - x) * (1 - drawn_again).log()).mean()
            return float(bce - coefficient * ce), float(ce)

    reconstruction, labels = lens_terms(lens, called, x, y, coefficient)
    torch.autograd.backward([reconstruction, labels])
    parameters = [(p, 0) for p in lens.parameters()] + [(weight, 1)]
    largest = 0.0
    for parameter, which in parameters:
        gradient = parameter.grad
        assert gradient is not None
        place = int(gradient.abs().argmax())
        flat = parameter.data.view(-1)
        flat[place] += STEP
        above = losses()[which]
        flat[place] -= 2 * STEP
        below = losses()[which]
        flat[place] += STEP
        expected = (above - below) / (2 * STEP)
        assert float(gradient.view(-1)[place]) == pytest.approx(expected, rel=1e-5, abs=1e-9)
        largest = max(largest, abs(expected))
    assert largest > 1e-3


def test_the_classifiers_gradient_reaches_the_lens_with_the_sign_of_its_mode() -> None:
    x, y = torch.rand(4, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(1)), torch.arange(4)

    def of_labels(coefficient: float) -> Tensor:
        lens = small_lens()
        weight = torch.linspace(-1, 1, 8 * SIDE**2).view(4, 2 * SIDE**2)
        _, ce = lens_terms(lens, lambda z: z.flatten(1) @ weight.T, x, y, coefficient)
        torch.autograd.backward(ce)
        return torch.cat([p.grad.flatten() for p in lens.parameters() if p.grad is not None])

    helped, hindered = of_labels(-1.0), of_labels(60.0)
    assert helped.norm() > 0
    torch.testing.assert_close(hindered, -60 * helped)
    assert of_labels(0.0).norm() == 0
