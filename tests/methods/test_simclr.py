"""SimCLR: NT-Xent of projections, with partners as well as with views of one image."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.nt_xent import nt_xent_loss
from phenolens.methods.base import Clock, example_views
from phenolens.methods.simclr import Simclr

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)


def make(**settings: Any) -> tuple[Simclr, Views]:
    torch.manual_seed(0)
    facts = ViewFacts(("DNA", "Actin"), {"global": 16})
    encoder = ConvNet(facts.channels, widths=(4, 8))
    return Simclr(encoder, facts, **{"out": 6, **settings}), example_views(facts)


def test_defaults_are_the_papers() -> None:
    method, _ = make(out=128)
    shapes = [tuple(p.shape) for p in method.tower.head.parameters()]
    assert shapes == [(8, 8), (8,), (128, 8), (128,)]
    assert method.temperature == 0.1


@torch.no_grad()
def test_loss_is_nt_xent_of_each_views_projection() -> None:
    method, views = make()
    z = torch.stack([method.tower.head(method.encoder(x)) for x in views.images])
    found = method.loss(views, CLOCK)
    assert found.terms["nt_xent"].item() == pytest.approx(nt_xent_loss(z, 0.1).item(), rel=1e-5)
    assert torch.allclose(found.embedding, method.encoder(views.images[0]), atol=1e-6)


def test_what_is_kept_has_no_projector() -> None:
    """The embedding is h, not z."""
    method, views = make()
    assert method.encoder is method.tower.backbone
    assert method.encoder(views.images[0]).shape == (6, 8)


def test_a_batch_of_one_is_a_batch() -> None:
    """The published code squeezes it away."""
    method, views = make()
    one = Views(tuple(x[:1] for x in views.images), views.kinds, views.sources, views.rows[:1])
    assert method.loss(one, CLOCK).embedding.shape == (1, 8)


def test_one_view_is_refused_before_training_and_in_it() -> None:
    method, views = make()
    alone = Views(views.images[:1], views.kinds[:1], views.sources[:1], views.rows)
    with pytest.raises(InputError, match="needs two views, got 1"):
        method.loss(alone, CLOCK)
    facts = ViewFacts(("DNA",), {"global": 16}, views=1)
    with pytest.raises(InputError, match="at least 2 views of a step, and a step has 1"):
        Simclr(ConvNet(("DNA",), widths=(4,)), facts)


def test_wrong_settings_are_named() -> None:
    with pytest.raises(InputError, match="temperature: must be from"):
        make(temperature=0.0)
