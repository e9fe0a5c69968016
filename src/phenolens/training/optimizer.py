"""The optimizer over a method's parameter groups, and the schedules of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from phenolens.methods.base import ParameterGroup
from phenolens.training.lars import Lars
from phenolens.training.schedule import constant, cosine, stepwise
from phenolens.training.settings import Training


def make_optimizer(groups: Sequence[ParameterGroup], training: Training) -> torch.optim.Optimizer:
    """Return the recipe's optimizer over a method's groups.

    Each group becomes two: vectors (biases, norms) without weight decay, and the rest with it. As
    DINO's published code divides them (Caron et al. 2021): by the number of dimensions, so the CLS
    token and the positions are decayed too. LARS adapts no vector either.
    """
    made: list[dict[str, Any]] = []
    for group in groups:
        trained = [p for p in group.parameters if p.requires_grad]
        rate = {"lr": training.lr * group.lr, "lr_scale": group.lr}
        decay = {"weight_decay": training.weight_decay * group.decay, "decay": group.decay}
        none = {"weight_decay": 0.0, "decay": 0.0, "adapted": False}
        made += [
            {"params": [p for p in trained if p.ndim > 1], **rate, **decay},
            {"params": [p for p in trained if p.ndim <= 1], **rate, **none},
        ]
    lr, momentum = training.lr, training.momentum
    if training.optimizer == "sgd":
        return torch.optim.SGD(made, lr=lr, momentum=momentum)
    if training.optimizer == "lars":
        return Lars(made, lr, momentum=momentum, trust=training.trust)
    maker = torch.optim.AdamW if training.optimizer == "adamw" else torch.optim.Adam
    return maker(made, lr=lr)


def set_schedules(
    optimizer: torch.optim.Optimizer, training: Training, step: int, steps: int, per_epoch: int
) -> float:
    """Set learning rate and weight decay of all groups for a step; return the learning rate."""
    lr = learning_rate(training, step, steps, per_epoch)
    decay = cosine(step, steps, training.weight_decay, training.final_weight_decay)
    for group in optimizer.param_groups:
        group["lr"] = lr * group["lr_scale"]
        group["weight_decay"] = decay * group["decay"]
    return lr


def learning_rate(training: Training, step: int, steps: int, per_epoch: int) -> float:
    """Return the learning rate of a step, by the recipe's schedule.

    Args:
        training: The settings.
        step: Current step, from 0.
        steps: Steps in all.
        per_epoch: Steps per epoch.
    """
    warmup = round(training.warmup_epochs * per_epoch)
    if training.schedule == "constant":
        return constant(step, training.lr, warmup=warmup)
    if training.schedule == "steps":
        milestones = [round(share * steps) for share in training.milestones]
        return stepwise(step, training.lr, milestones, training.factor, warmup=warmup)
    return cosine(step, steps, training.lr, training.final_lr, warmup=warmup)
