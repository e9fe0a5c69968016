"""Machine: settings of the computer that runs; they change speed, never a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phenolens.core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Machine:
    """How the work is done on this computer. In no recipe and in no key of a stage.

    Attributes:
        accelerator: Device to compute on; `auto`: the best there is.
        threads: Image readers that work in parallel when a screen is prepared.
        embed_batch_size: Images per forward pass when a screen is embedded.
        checkpoint_every: Training steps between two checkpoints.
        log_every: Training steps between two lines of the log.
    """

    accelerator: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = 2
    embed_batch_size: int = 32
    checkpoint_every: int = 200
    log_every: int = 10

    def __post_init__(self) -> None:
        for name in ("threads", "embed_batch_size", "checkpoint_every", "log_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}")
