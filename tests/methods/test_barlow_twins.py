"""Barlow Twins: the correlation of two views' projections."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.barlow import barlow_loss, correlation
from phenolens.methods.barlow_twins import BarlowTwins
from phenolens.methods.base import Clock, example_views

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)


def make(**settings: Any) -> tuple[BarlowTwins, Views]:
    torch.manual_seed(0)
    facts = ViewFacts(("DNA", "Actin"), {"global": 16})
    encoder = ConvNet(facts.channels, widths=(4, 8))
    return BarlowTwins(encoder, facts, **{"widths": (10, 6), **settings}), example_views(facts)


@torch.no_grad()
def test_loss_is_the_equation_view_by_view() -> None:
    method, views = make()
    a, b = (method.tower.head(method.encoder(x)) for x in views.images)
    found = method.loss(views, CLOCK).terms["barlow"].item()
    assert found == pytest.approx(barlow_loss(correlation(a, b), 0.0051).item(), rel=1e-4)


@torch.no_grad()
def test_three_views_are_three_pairs() -> None:
    method, views = make()
    method.eval()
    x, y = views.images
    more = Views((x, y, x), ("global",) * 3, (0, 1, 0), views.rows)
    pair = method.loss(views, CLOCK).terms["barlow"]
    same = method.loss(Views((x, x), ("global",) * 2, (0, 0), views.rows), CLOCK).terms["barlow"]
    found = method.loss(more, CLOCK).terms["barlow"]
    assert found.item() == pytest.approx((2 * pair + same).item() / 3, rel=1e-4)


def test_a_collapsed_output_costs_its_length() -> None:
    method, views = make()
    flat = Views(tuple(torch.ones_like(x) for x in views.images), *shown(views))
    assert method.loss(flat, CLOCK).terms["barlow"].item() == pytest.approx(6, rel=1e-3)
    assert method.collapsed_loss == 6


def shown(views: Views) -> tuple[Any, Any, Any]:
    return views.kinds, views.sources, views.rows


def test_wrong_settings_are_named() -> None:
    with pytest.raises(InputError, match="widths: must be at least one number"):
        make(widths=())
    with pytest.raises(InputError, match="off_diagonal: must be from 0"):
        make(off_diagonal=-1.0)
