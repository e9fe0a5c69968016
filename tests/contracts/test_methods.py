"""What every method in the catalogue must keep."""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from phenolens.core.construct import construct
from phenolens.core.registry import catalogue, find
from phenolens.core.views import Views
from phenolens.encoders.base import Encoder
from phenolens.methods.base import Clock, Method
from phenolens.training.optimizer import make_optimizer
from phenolens.training.settings import Training

METHODS = sorted(catalogue("methods"))
LATE = Clock(step=50, steps=100, epoch=50, epochs=100)  # past every warm-up and freeze


def make(name: str, seed: int = 0) -> Method:
    torch.manual_seed(seed)
    method, _ = find("methods", name).example()
    return method.train()


def views_of(name: str) -> Views:
    _, views = find("methods", name).example()
    return views


def reorder(views: Views, order: Tensor) -> Views:
    return replace(
        views,
        images=tuple(x[order] for x in views.images),
        rows=views.rows[order],
        codes={column: codes[order] for column, codes in views.codes.items()},
    )


def total(method: Method, views: Views, clock: Clock = LATE) -> Tensor:
    torch.manual_seed(7)
    return torch.stack(list(method.loss(views, clock).terms.values())).sum()


def train(
    method: Method, views: Views, steps: int, *, move_target: bool = True, lr: float = 3e-4
) -> list[float]:
    optimizer = make_optimizer(method.groups(), Training(lr=lr, weight_decay=0.01))
    losses = []
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


def test_its_example_fits_its_facts(name: str) -> None:
    method, views = make(name), views_of(name)
    assert method.facts.channels == method.encoder.channels
    for image, kind in zip(views.images, views.kinds, strict=True):
        side = method.facts.sizes[kind]
        assert image.shape[1:] == (len(method.facts.channels), side, side)
    assert views.codes.keys() == method.facts.values.keys()
    assert not [c for c in views.codes.values() if c.min() < 0 and not method.accepts_missing]


def test_terms_are_finite_scalars_and_the_embedding_has_no_gradient(name: str) -> None:
    method, views = make(name), views_of(name)
    outcome = method.loss(views, LATE)
    assert outcome.terms
    for term in outcome.terms.values():
        assert term.shape == ()
        assert torch.isfinite(term)
    assert outcome.embedding.ndim == 2
    assert len(outcome.embedding) == len(views.rows)
    assert not outcome.embedding.requires_grad


def test_each_trainable_parameter_is_in_exactly_one_group(name: str) -> None:
    method = make(name)
    counts = Counter(id(p) for group in method.groups() for p in group.parameters)
    wrong = [
        key
        for key, p in method.named_parameters()
        if counts[id(p)] != (1 if p.requires_grad else 0)
    ]
    assert not wrong
    assert counts.keys() <= {id(p) for p in method.parameters()}


def test_a_gradient_reaches_every_trainable_parameter(name: str) -> None:
    method = make(name)
    total(method, views_of(name)).backward()  # type: ignore[no-untyped-call]
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

    def falls(lr: float) -> bool:
        losses = train(make(name), views_of(name), 30, move_target=False, lr=lr)
        return sum(losses[-3:]) < 0.9 * sum(losses[:3])

    assert any(falls(lr) for lr in (1e-3, 1e-2))


def test_same_seed_same_weights(name: str) -> None:
    first, second, other = make(name), make(name), make(name, seed=1)
    for method in (first, second):
        train(method, views_of(name), 3)
    theirs = second.state_dict()
    assert all(torch.equal(v, theirs[k]) for k, v in first.state_dict().items())
    start = zip(make(name).parameters(), other.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in start)


def test_saving_and_loading_change_nothing(name: str) -> None:
    method, fresh, views = make(name), make(name, seed=1), views_of(name)
    train(method, views, 3)
    fresh.load_state_dict(copy.deepcopy(method.state_dict()))
    assert train(method, views, 2) == train(fresh, views, 2)


def test_order_of_rows_does_not_matter(name: str) -> None:
    method, views = make(name).eval(), views_of(name)
    order = torch.arange(len(views.rows)).roll(2).flip(0)
    turned = total(method, reorder(views, order)).item()
    assert turned == pytest.approx(total(method, views).item(), rel=1e-4)


def test_what_is_kept_is_one_of_its_modules_and_is_stored_once(name: str) -> None:
    method, views = make(name), views_of(name)
    assert isinstance(method.encoder, Encoder)
    modules = {id(module) for module in method.modules()}
    assert id(method.encoder) in modules
    for part in method.parts().values():
        assert id(part.network) in modules
    made = method.encoder(views.images[0])
    assert made.shape == (len(views.rows), method.encoder.dim)
    stored = [v.data_ptr() for v in method.state_dict().values() if v.numel()]
    assert len(set(stored)) == len(stored)


def test_each_part_can_be_built_again_from_its_description(name: str) -> None:
    """As a model's card holds it: through JSON."""
    for part in make(name).parts().values():
        settings = json.loads(json.dumps(dict(part.settings)))
        again = construct(find("networks", part.name), settings, "parts")
        again.load_state_dict(part.network.state_dict())
