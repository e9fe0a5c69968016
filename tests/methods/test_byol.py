"""BYOL: the target is an average of parameters and buffers; no gradient reaches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.losses.byol import byol_loss
from phenolens.methods.base import Clock, example_views
from phenolens.methods.byol import Byol

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)
FACTS = ViewFacts(("DNA", "Actin"), {"global": 16})


def make(**settings: Any) -> tuple[Byol, Views]:
    torch.manual_seed(0)
    encoder = ConvNet(FACTS.channels, widths=(4, 8))
    method = Byol(encoder, FACTS, **{"out": 6, "hidden": 10, **settings})
    return method.train(), example_views(FACTS)


def shake(method: Byol) -> None:
    """Change everything of the online network, running statistics included."""
    with torch.no_grad():
        for value in (*method.online.parameters(), *method.online.buffers()):
            if value.is_floating_point():
                value.add_(1.0)


@torch.no_grad()
def test_loss_is_the_equation_view_by_view() -> None:
    method, views = make()
    z = torch.stack([method.target.head(method.target.backbone(x)) for x in views.images])
    q = torch.stack([method.predictor(method.online.head(method.encoder(x))) for x in views.images])
    found = method.loss(views, CLOCK).terms["byol"].item()
    assert found == pytest.approx(byol_loss(z, q).item(), rel=1e-5)


def test_the_target_follows_parameters_and_buffers_and_nothing_else_moves_it() -> None:
    """Dmitrenko's code left out the buffers; a pass in training must not move them either."""
    method, views = make(momentum=0.75, rising=False)
    before = {k: v.clone() for k, v in method.target.state_dict().items()}
    method.loss(views, CLOCK)
    assert all(
        torch.equal(v, before[k])
        for k, v in method.target.state_dict().items()
        if not k.endswith("num_batches_tracked")
    )
    shake(method)
    method.after_step(CLOCK)
    online = method.online.state_dict()
    assert any(k.endswith("running_var") for k in online)
    for name, value in method.target.state_dict().items():
        if value.is_floating_point():
            expected = 0.75 * before[name] + 0.25 * online[name]
            assert torch.allclose(value, expected, atol=1e-6), name


@pytest.mark.parametrize(("rising", "share"), [(True, 1.0), (False, 0.8)])
def test_its_momentum_rises_to_1_or_stays(*, rising: bool, share: float) -> None:
    method, _ = make(momentum=0.8, rising=rising)
    before = method.target.head.get_parameter("0.weight").clone()
    shake(method)
    method.after_step(Clock(step=4, steps=4, epoch=0, epochs=1))
    moved = (method.target.head.get_parameter("0.weight") - before).mean().item()
    assert moved == pytest.approx(1 - share, abs=1e-6)


def test_no_gradient_reaches_the_target_and_the_online_encoder_is_kept() -> None:
    method, views = make()
    torch.autograd.backward(method.loss(views, CLOCK).terms["byol"])
    assert all(p.grad is None for p in method.target.parameters())
    assert all(p.grad is not None for p in method.online.parameters())
    assert method.encoder is method.online.backbone


def test_local_views_are_predicted_from_and_never_targets() -> None:
    method, views = make()
    mixed = Views(views.images, ("local", "global"), (0, 0), views.rows)
    z = method.target([views.images[1]])[1]
    q = method.predictor(method.online([views.images[0]])[1][0])
    expected = byol_loss(z, torch.stack([q, q]), pairs=[(0, 1)]).item()
    assert method.loss(mixed, CLOCK).terms["byol"].item() == pytest.approx(expected, rel=1e-5)
    with pytest.raises(InputError, match="got 0 global and 2 local"):
        method.loss(Views(views.images, ("local", "local"), (0, 0), views.rows), CLOCK)


def test_published_weights_fill_both_encoders(tmp_path: Path) -> None:
    method, _ = make()
    donor = ConvNet(FACTS.channels, widths=(4, 8))
    torch.save(donor.state_dict(), tmp_path / "w.pth")
    method.load_published(tmp_path / "w.pth")
    for name, value in donor.state_dict().items():
        assert torch.equal(method.encoder.state_dict()[name], value)
        assert torch.equal(method.target.backbone.state_dict()[name], value)
