"""Who is decayed, and what each step's learning rate and weight decay are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from phenolens.encoders.vit import Vit
from phenolens.training.optimizer import make_optimizer, set_schedules
from phenolens.training.settings import Training


def test_vectors_are_not_decayed_and_the_frozen_do_not_move() -> None:
    encoder = Vit(2, size="tiny", patch=8, image=16, depth=1)
    encoder.norm.requires_grad_(False)
    names = {id(p): name for name, p in encoder.named_parameters()}
    decayed, plain = make_optimizer(encoder.parameters(), Training()).param_groups
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
    optimizer = make_optimizer(layer.parameters(), training)
    said = [set_schedules(optimizer, training, step, 12, per_epoch=2) for step in range(12)]
    assert said[:5] == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])  # rises over 2 epochs of 2 steps
    decayed, plain = optimizer.param_groups
    assert decayed["lr"] == plain["lr"] == said[-1]
    assert plain["weight_decay"] == 0
    set_schedules(optimizer, training, 6, 12, per_epoch=2)
    assert decayed["weight_decay"] == pytest.approx(0.2)  # half way along its own cosine


def test_one_step_of_a_vector_equals_adam_without_decay() -> None:
    weight, bias = nn.Parameter(torch.ones(1, 1)), nn.Parameter(torch.ones(1))
    training = Training(lr=0.1, weight_decay=0.5)
    optimizer = make_optimizer([weight, bias], training)
    weight.grad, bias.grad = torch.ones(1, 1), torch.ones(1)
    optimizer.step()
    # Adam's first step is lr * sign(gradient); AdamW shrinks by lr * decay before it.
    assert bias.item() == pytest.approx(1 - 0.1, abs=1e-6)
    assert weight.item() == pytest.approx(1 * (1 - 0.1 * 0.5) - 0.1, abs=1e-6)
