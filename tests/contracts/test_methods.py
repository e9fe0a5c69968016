"""What every method in the catalogue must keep."""

from __future__ import annotations

import copy
import importlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from phenolens.core.construct import construct, defaults
from phenolens.core.registry import catalogue, find
from phenolens.core.views import Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.vit import Vit
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


def test_resumed_in_the_middle_ends_in_the_same_bits(name: str) -> None:
    """With the optimizer's state and a clock that runs, as a checkpoint keeps them."""

    def go(method: Method, optimizer: torch.optim.Optimizer, steps: range) -> None:
        for step in steps:
            clock = Clock(step=step, steps=4, epoch=step // 2, epochs=2)
            loss = total(method, views, clock)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            method.after_backward(clock)
            optimizer.step()
            method.after_step(clock)

    def start(seed: int) -> tuple[Method, torch.optim.Optimizer]:
        method = make(name, seed)
        return method, make_optimizer(method.groups(), Training(lr=1e-3))

    views = views_of(name)
    (whole, first), (killed, second), (resumed, third) = start(0), start(0), start(1)
    go(whole, first, range(4))
    go(killed, second, range(2))
    resumed.load_state_dict(copy.deepcopy(killed.state_dict()))
    third.load_state_dict(copy.deepcopy(second.state_dict()))
    go(resumed, third, range(2, 4))
    theirs = resumed.state_dict()
    assert all(torch.equal(v, theirs[k]) for k, v in whole.state_dict().items())


@pytest.mark.parametrize("channels", [1, 3, 5, 6])
def test_it_takes_any_number_of_channels(name: str, channels: int) -> None:
    method, views = make(name), views_of(name)
    facts = replace(method.facts, channels=tuple("abcdef"[:channels]))
    encoder = type(method.encoder)(facts.channels, **_settings_of(method.encoder))
    made = find("methods", name)(encoder, facts, **_small(name)).train()
    images = tuple(x[:, :1].repeat(1, channels, 1, 1) for x in views.images)
    loss = total(made, replace(views, images=images))
    assert torch.isfinite(loss)


def _settings_of(encoder: Encoder) -> dict[str, object]:
    if isinstance(encoder, Vit):
        return {"size": "tiny", "depth": 1, "patch": encoder.patch, "image": encoder.image}
    return {"widths": (4,)}


def _small(name: str) -> dict[str, object]:
    """Return small settings for the parameters that make a method large, where it has them."""
    wanted = {"out": 8, "hidden": 8, "bottleneck": 8, "width": 8, "heads": 2, "depth": 1, "maps": 2}
    has = defaults(find("methods", name), ("encoder", "facts"))
    return {k: v for k, v in wanted.items() if k in has} | (
        {"widths": (8, 8)} if "widths" in has else {}
    )


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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what two processes made of every method, each with half of a step."""
    folder = tmp_path_factory.mktemp("shared")
    script = Path(__file__).parents[1] / "tiny" / "two_processes.py"
    command = [sys.executable, str(script), str(folder), *METHODS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_two_processes_with_half_a_step_each_end_where_one_ends(
    name: str, shared: Path, tiny: Path
) -> None:
    """In float64, after three steps of gradient descent that move the weights a lot."""
    del tiny
    kit = importlib.import_module("two_processes")
    method, views = kit.make(name)
    before = kit.state_of(method)
    losses = kit.train(method, views)
    theirs = load_file(shared / f"{name}.safetensors")
    assert theirs.pop("losses").tolist() == pytest.approx(losses, abs=1e-5)
    mine = kit.state_of(method)
    assert mine.keys() == theirs.keys()
    for key, value in mine.items():
        assert (value - theirs[key]).abs().max() < 1e-5, key
    moved = [(mine[k] - v).abs().max().item() for k, v in before.items()]
    assert max(moved) > 1e-4
