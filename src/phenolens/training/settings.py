"""How long, how fast and how precisely a method is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phenolens.core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of the training loop.

    Attributes:
        epochs: Passes over the images (or draws of as many).
        batch_size: Anchors a step, over all processes together.
        lr: Peak learning rate, reached after the warm-up.
        final_lr: What the learning rate falls to, along a cosine.
        warmup_epochs: Epochs of linear rise from 0.
        weight_decay: At the first step; not on biases and norms.
        final_weight_decay: What it goes to, along a cosine.
        clip: Greatest norm of the gradient; 0: not clipped.
        precision: `auto`: bf16 where the device has it, else float32.
        accelerator: What to train on; `auto`: the best there is.
        checkpoint_every: Steps between checkpoints.
        log_every: Steps between lines of the log.
    """

    epochs: int = 100
    batch_size: int = 16
    lr: float = 5e-4
    final_lr: float = 1e-6
    warmup_epochs: float = 10.0
    weight_decay: float = 0.04
    final_weight_decay: float = 0.4
    clip: float = 3.0
    precision: Literal["auto", "float32", "bf16"] = "auto"
    accelerator: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    checkpoint_every: int = 200
    log_every: int = 10

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "checkpoint_every", "log_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}")
