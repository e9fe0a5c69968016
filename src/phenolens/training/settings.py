"""How long, how fast and how precisely a method is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from phenolens.core.errors import InputError

Precision = Literal["auto", "float32", "bf16"]
_NOT_NEGATIVE = ("lr", "final_lr", "warmup_epochs", "weight_decay", "final_weight_decay", "clip")


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of the training loop; all of them change the result.

    Attributes:
        epochs: Passes over the images (or draws of as many).
        batch_size: Anchors per step, over all processes together.
        optimizer: `adamw`, `adam`, `sgd` or `lars` (SimCLR and BYOL with large batches).
        lr: Peak learning rate, reached after the warm-up.
        schedule: The learning rate after the warm-up. `cosine`: falls to `final_lr`. `constant`:
            stays. `steps`: multiplied by `factor` at each of `milestones`.
        final_lr: What the learning rate falls to along the cosine.
        milestones: Of `steps`: shares of the training, rising, each in (0, 1).
        factor: Of `steps`.
        warmup_epochs: Epochs of linear rise from 0.
        weight_decay: At the first step; not on biases and norms. `adamw` decays the weights
            themselves, the others add it to the gradient.
        final_weight_decay: What it goes to, along a cosine.
        momentum: Of `sgd` and `lars`.
        trust: Of `lars`: size of a step relative to that of a layer's weights.
        clip: Largest norm of the gradient; 0: not clipped.
        precision: `auto`: bf16 where the device has it, else float32.
    """

    epochs: int = 100
    batch_size: int = 16
    optimizer: Literal["adamw", "adam", "sgd", "lars"] = "adamw"
    lr: float = 5e-4
    schedule: Literal["cosine", "constant", "steps"] = "cosine"
    final_lr: float = 1e-6
    milestones: tuple[float, ...] = ()
    factor: float = 0.1
    warmup_epochs: float = 10.0
    weight_decay: float = 0.04
    final_weight_decay: float = 0.4
    momentum: float = 0.9
    trust: float = 0.001
    clip: float = 3.0
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in _NOT_NEGATIVE:
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name} must be at least 0 and finite, got {getattr(self, name)}")
        if not 0 <= self.momentum < 1:
            raise InputError(f"momentum must be within [0, 1), got {self.momentum}")
        if not (0 < self.factor < math.inf and 0 < self.trust < math.inf):
            raise InputError(
                f"factor and trust must be above 0, got {self.factor} and {self.trust}"
            )
        self._check_milestones()

    def _check_milestones(self) -> None:
        shares = self.milestones
        if bool(shares) != (self.schedule == "steps"):
            raise InputError(
                f"schedule '{self.schedule}' and milestones {list(shares)} do not fit together",
                where="training.milestones",
                fix="write milestones = [0.6, 0.8] with schedule = 'steps', and only there",
            )
        if not all(0 < share < 1 for share in shares) or any(a >= b for a, b in pairwise(shares)):
            raise InputError(
                f"must be rising shares of the training in (0, 1), got {list(shares)}",
                where="training.milestones",
            )
