"""Which optimizer, which parameters are decayed, and each step's learning rate and decay."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from phenolens.encoders.vit import Vit
from phenolens.methods.base import ParameterGroup
from phenolens.training.lars import Lars
from phenolens.training.optimizer import learning_rate, make_optimizer, set_schedules
from phenolens.training.settings import Training


def group(*parameters: nn.Parameter, **settings: float) -> list[ParameterGroup]:
    return [ParameterGroup(parameters, **settings)]


def test_vectors_are_not_decayed_and_the_frozen_do_not_move() -> None:
    encoder = Vit(("DNA", "Actin"), size="tiny", patch=8, image=16, depth=1)
    encoder.norm.requires_grad_(False)
    names = {id(p): name for name, p in encoder.named_parameters()}
    decayed, plain = make_optimizer(group(*encoder.parameters()), Training()).param_groups
    assert {names[id(p)] for p in decayed["params"]} == {
        "cls_token",
        "pos_embed",
        "patch_embed.proj.weight",
        "blocks.0.attn.qkv.weight",
        "blocks.0.attn.proj.weight",
        "blocks.0.mlp.fc1.weight",
        "blocks.0.mlp.fc2.weight",
    }
    assert all(names[id(p)].endswith("bias") or ".norm" in names[id(p)] for p in plain["params"])
    assert len(decayed["params"]) + len(plain["params"]) == len(names) - 2


def test_schedules_reach_both_groups_as_they_should() -> None:
    layer = nn.Linear(2, 2)
    training = Training(
        lr=1.0, final_lr=0.0, warmup_epochs=2, weight_decay=0.1, final_weight_decay=0.3
    )
    optimizer = make_optimizer(group(*layer.parameters()), training)
    rates = [set_schedules(optimizer, training, step, 12, per_epoch=2) for step in range(12)]
    assert rates[:5] == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])  # rises over 2 epochs of 2 steps
    decayed, plain = optimizer.param_groups
    assert decayed["lr"] == plain["lr"] == rates[-1]
    assert plain["weight_decay"] == 0
    set_schedules(optimizer, training, 6, 12, per_epoch=2)
    assert decayed["weight_decay"] == pytest.approx(0.2)  # half way along its own cosine


def test_one_step_of_a_vector_equals_adam_without_decay() -> None:
    weight, bias = nn.Parameter(torch.ones(1, 1)), nn.Parameter(torch.ones(1))
    training = Training(lr=0.1, weight_decay=0.5)
    optimizer = make_optimizer(group(weight, bias), training)
    weight.grad, bias.grad = torch.ones(1, 1), torch.ones(1)
    optimizer.step()
    # Adam's first step is lr * sign(gradient); AdamW shrinks by lr * decay before it.
    assert bias.item() == pytest.approx(1 - 0.1, abs=1e-6)
    assert weight.item() == pytest.approx(1 * (1 - 0.1 * 0.5) - 0.1, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adamw", torch.optim.AdamW),
        ("adam", torch.optim.Adam),
        ("sgd", torch.optim.SGD),
        ("lars", Lars),
    ],
)
def test_the_optimizer_is_the_one_named(name: Any, kind: type[torch.optim.Optimizer]) -> None:
    weight, bias = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    training = Training(optimizer=name, momentum=0.7, trust=0.3, weight_decay=0.2)
    optimizer = make_optimizer(group(weight, bias), training)
    assert type(optimizer) is kind
    decayed, plain = optimizer.param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.2, 0)
    if name in ("sgd", "lars"):
        assert decayed["momentum"] == plain["momentum"] == 0.7
    if name == "lars":
        assert decayed["trust"] == 0.3
        assert (decayed["adapted"], plain["adapted"]) == (True, False)


def test_groups_scale_learning_rate_and_decay_at_every_step() -> None:
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    groups = [
        *group(*first.parameters()),
        *group(*second.parameters(), lr=0.1, decay=0.5),
    ]
    training = Training(lr=1.0, final_lr=0.0, warmup_epochs=0, weight_decay=0.2)
    optimizer = make_optimizer(groups, training)
    for step in (0, 3, 9):
        lr = set_schedules(optimizer, training, step, 10, per_epoch=5)
        rates = [g["lr"] for g in optimizer.param_groups]
        assert rates == pytest.approx([lr, lr, 0.1 * lr, 0.1 * lr])
        decays = [g["weight_decay"] for g in optimizer.param_groups]
        assert decays[2] == pytest.approx(0.5 * decays[0])
        assert decays[1] == decays[3] == 0
    assert set_schedules(optimizer, training, 0, 10, per_epoch=5) == 1.0


def test_a_parameter_in_two_groups_is_refused() -> None:
    weight, bias = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    with pytest.raises(ValueError, match="more than one parameter group"):
        make_optimizer([*group(weight, bias), *group(weight)], Training())


def test_milestones_are_shares_of_the_training() -> None:
    training = Training(lr=1.0, schedule="steps", milestones=(0.6, 0.8), warmup_epochs=0)
    rates = [learning_rate(training, step, 10, per_epoch=2) for step in range(10)]
    assert rates == pytest.approx([1.0] * 6 + [0.1] * 2 + [0.01] * 2)
    still = Training(lr=0.3, schedule="constant", warmup_epochs=1)
    assert [learning_rate(still, step, 9, 3) for step in (0, 2, 3, 8)] == pytest.approx(
        [0, 0.3, 0.3, 0.3]
    )
