"""What every method in the catalogue must keep."""

from __future__ import annotations

import copy
import inspect
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from phenolens.core.registry import catalogue, find
from phenolens.core.views import Views
from phenolens.encoders.vit import Vit
from phenolens.methods.base import Clock, Method

METHODS = sorted(catalogue("methods"))
# Small sizes for the parameters that methods have; each takes those that it knows.
SMALL: dict[str, Any] = {"out": 64, "hidden": 32, "bottleneck": 16}
KINDS: tuple[Literal["global", "local"], ...] = ("global", "global", "local", "local")
LATE = Clock(step=50, steps=100, epoch=50, epochs=100)  # past every warm-up and freeze


def make(name: str, seed: int = 0) -> Method:
    torch.manual_seed(seed)
    maker = find("methods", name)
    known = inspect.signature(maker).parameters
    encoder = Vit(2, size="tiny", depth=2, patch=8, image=32)
    method: Method = maker(encoder, **{k: v for k, v in SMALL.items() if k in known})
    return method.train()


def make_views(n: int = 6) -> Views:
    generator = torch.Generator().manual_seed(1)
    images = tuple(torch.rand(n, 2, s, s, generator=generator) for s in (32, 32, 16, 16))
    rows = torch.stack((torch.arange(n), torch.arange(n).roll(1)), dim=1)
    return Views(images, KINDS, (0, 1, 0, 1), rows, rows % 2)


def reorder(views: Views, order: Tensor) -> Views:
    images = tuple(x[order] for x in views.images)
    return Views(images, views.kinds, views.sources, views.rows[order], views.batch[order])


def total(method: Method, views: Views, clock: Clock = LATE) -> Tensor:
    torch.manual_seed(7)
    return torch.stack(list(method.loss(views, clock).terms.values())).sum()


def train(method: Method, steps: int, *, move_target: bool = True) -> list[float]:
    optimizer = torch.optim.AdamW(method.trainable(), lr=3e-4)
    views, losses = make_views(), []
    for _ in range(steps):
        loss = total(method, views)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        method.after_backward(LATE)
        optimizer.step()
        if move_target:
            method.after_step(LATE)
        losses.append(loss.item())
    return losses


pytestmark = pytest.mark.parametrize("name", METHODS)


def test_terms_are_finite_scalars_and_the_embedding_is_the_encoders(name: str) -> None:
    method = make(name)
    outcome = method.loss(make_views(), LATE)
    assert outcome.terms
    for term in outcome.terms.values():
        assert term.shape == ()
        assert torch.isfinite(term)
    assert outcome.embedding.shape == (6, method.encoder.dim)
    assert not outcome.embedding.requires_grad


def test_a_gradient_reaches_every_trainable_parameter(name: str) -> None:
    method = make(name)
    total(method, make_views()).backward()  # type: ignore[no-untyped-call]
    method.after_backward(LATE)
    trained = {id(p) for p in method.trainable()}
    dead = [
        key
        for key, p in method.named_parameters()
        if id(p) in trained and (p.grad is None or not p.grad.any())
    ]
    assert not dead


def test_thirty_steps_on_fixed_views_lower_the_loss(name: str) -> None:
    """Against a target that holds still: a teacher's own moves may raise the loss at first."""
    method = make(name)
    losses = train(method, 30, move_target=False)
    assert sum(losses[-3:]) < 0.9 * sum(losses[:3])


def test_same_seed_same_weights(name: str) -> None:
    first, second, other = make(name), make(name), make(name, seed=1)
    for method in (first, second):
        train(method, 3)
    theirs = second.state_dict()
    assert all(torch.equal(v, theirs[k]) for k, v in first.state_dict().items())
    start = zip(make(name).parameters(), other.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in start)


def test_saving_and_loading_change_nothing(name: str) -> None:
    method, fresh = make(name), make(name, seed=1)
    train(method, 3)
    fresh.load_state_dict(copy.deepcopy(method.state_dict()))
    assert train(method, 2) == train(fresh, 2)


def test_order_of_rows_does_not_matter(name: str) -> None:
    method, views = make(name).eval(), make_views()
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    turned = total(method, reorder(views, order)).item()
    assert turned == pytest.approx(total(method, views).item(), rel=1e-4)


def test_the_encoder_is_one_of_its_modules(name: str) -> None:
    method = make(name)
    assert any(method.encoder is module for module in method.modules())
    assert method.encoder(make_views().images[0]).shape == (6, method.encoder.dim)
