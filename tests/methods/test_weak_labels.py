"""Weak labels: one softmax, a head that bends, and a label for what each view shows."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock, example_views
from phenolens.methods.weak_labels import WeakLabels, label_loss

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)
FACTS = ViewFacts(("DNA",), {"global": 16}, {"compound": ("a", "b", "c")})


def make(**settings: Any) -> tuple[WeakLabels, Views]:
    torch.manual_seed(0)
    encoder = ConvNet(FACTS.channels, widths=(4, 8))
    return WeakLabels(encoder, FACTS, column="compound", **settings), example_views(FACTS)


@pytest.mark.parametrize("shape", [(3, 2), (5, 4), (1, 7)])
def test_loss_equals_the_equation_in_float64(shape: tuple[int, int]) -> None:
    """Softmax once: the published code took the softmax of a softmax, which cannot reach 0."""
    logits = torch.randn(*shape, dtype=torch.float64)
    labels = torch.arange(shape[0]) % shape[1]
    terms = [
        -math.log(math.exp(row[label]) / sum(math.exp(x) for x in row))
        for row, label in zip(logits.tolist(), labels.tolist(), strict=True)
    ]
    assert label_loss(logits, labels).item() == pytest.approx(sum(terms) / len(terms), rel=1e-12)
    sure = torch.nn.functional.one_hot(labels, shape[1]).double() * 100
    assert label_loss(sure, labels).item() == pytest.approx(0, abs=1e-9)
    assert torch.autograd.gradcheck(lambda x: label_loss(x, labels), (logits.requires_grad_(),))


@torch.no_grad()
def test_the_head_is_not_linear() -> None:
    """`LeakyReLU(True)` of the published code has slope 1: an identity."""
    method, _ = make()
    x = torch.randn(4, 8)
    head = method.classifier
    assert [type(layer).__name__ for layer in head] == ["Linear", "LeakyReLU", "Linear"]
    middle = (head(x) + head(-x)) / 2
    assert not torch.allclose(middle, head(torch.zeros(4, 8)), atol=1e-3)


@torch.no_grad()
def test_a_view_has_the_label_of_the_image_that_it_shows() -> None:
    method, views = make()
    codes = views.codes["compound"]
    each = [
        label_loss(method.classifier(method.encoder(x)), codes[:, source]).item()
        for x, source in zip(views.images, views.sources, strict=True)
    ]
    found = method.loss(views, CLOCK).terms["labels"].item()
    assert found == pytest.approx(sum(each) / 2, rel=1e-5)
    assert not torch.equal(codes[:, 0], codes[:, 1])


def test_as_many_classes_as_values_and_the_classifier_is_kept() -> None:
    method, _ = make(hidden=5)
    assert method.classifier.out == 3
    assert WeakLabels.columns({"column": "moa"}) == ("moa",)
    part = method.parts()["classifier"]
    assert part.network is method.classifier
    assert part.settings["widths"] == [5, 3]


def test_one_value_is_nothing_to_tell_apart() -> None:
    facts = ViewFacts(("DNA",), {"global": 16}, {"control": ("False",)})
    with pytest.raises(InputError, match="'control' has 1 value in the images"):
        WeakLabels(ConvNet(("DNA",), widths=(4,)), facts)
