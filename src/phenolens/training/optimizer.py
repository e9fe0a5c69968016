"""AdamW with weight decay on all but vectors, and its schedules."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from phenolens.training.schedule import cosine
from phenolens.training.settings import Training


def make_optimizer(parameters: Iterable[nn.Parameter], training: Training) -> torch.optim.AdamW:
    """Return AdamW over two groups: vectors (biases, norms) without weight decay, the rest with.

    As DINO's published code divides them (Caron et al. 2021): by the number of dimensions, so the
    CLS token and the positions are decayed too.
    """
    trained = [p for p in parameters if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "decayed": True},
        {"params": [p for p in trained if p.ndim <= 1], "decayed": False, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=training.lr, weight_decay=training.weight_decay)


def set_schedules(
    optimizer: torch.optim.Optimizer, training: Training, step: int, steps: int, per_epoch: int
) -> float:
    """Set learning rate and weight decay for a step; return the learning rate."""
    warmup = round(training.warmup_epochs * per_epoch)
    lr = cosine(step, steps, training.lr, training.final_lr, warmup=warmup)
    decay = cosine(step, steps, training.weight_decay, training.final_weight_decay)
    for group in optimizer.param_groups:
        group["lr"] = lr
        if group["decayed"]:
            group["weight_decay"] = decay
    return lr
