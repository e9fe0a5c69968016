"""Regularized: the discriminator's gradient reaches the encoder, and changes it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock, example_views
from phenolens.methods.regularized import Regularized
from phenolens.methods.weak_labels import label_loss

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)
FACTS = ViewFacts(("DNA", "Actin"), {"global": 16}, {"control": ("False", "True")})


def make(**settings: Any) -> tuple[Regularized, Views]:
    torch.manual_seed(0)
    encoder = ConvNet(FACTS.channels, widths=(4, 8))
    small = {"maps": 4, "widths": (8, 8), "hidden": 6}
    return Regularized(encoder, FACTS, **{**small, **settings}), example_views(FACTS)


def test_both_terms_are_those_of_the_two_methods() -> None:
    method, views = make(weight=0.5)
    terms = method.loss(views, CLOCK).terms
    embedding, pixels = method.encode(views)
    labels = torch.cat(views.codes_of("control"))
    expected = 0.5 * label_loss(method.classifier(embedding), labels)
    assert terms["labels"].item() == pytest.approx(expected.item(), rel=1e-5)
    again = method.reconstruction(embedding, pixels)
    assert terms["reconstruction"].item() == pytest.approx(again.item(), rel=1e-5)


def test_the_gradient_of_the_discriminator_reaches_every_layer_of_the_encoder() -> None:
    """In the published code it is wiped, and only the value of the term is added (detached)."""
    method, views = make()
    term = method.loss(views, CLOCK).terms["labels"]
    assert term.requires_grad
    gradients = torch.autograd.grad(term, list(method.encoder.parameters()))
    assert all(g.abs().max() > 1e-6 for g in gradients)


def test_the_discriminator_changes_what_the_encoder_becomes() -> None:
    def train(weight: float) -> torch.Tensor:
        method, views = make(weight=weight)
        optimizer = torch.optim.SGD(method.trainable(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            terms = method.loss(views, CLOCK).terms
            torch.autograd.backward(torch.stack(list(terms.values())).sum())
            optimizer.step()
        return torch.cat([p.detach().flatten() for p in method.encoder.parameters()])

    assert (train(1.0) - train(0.0)).abs().max() > 1e-4
    assert torch.equal(train(0.0), train(0.0))


def test_decoder_and_classifier_are_kept_and_settings_are_checked() -> None:
    method, _ = make()
    assert set(method.parts()) == {"decoder", "classifier"}
    assert Regularized.columns({"column": "compound"}) == ("compound",)
    with pytest.raises(InputError, match="weight: must be from 0"):
        make(weight=-1.0)
