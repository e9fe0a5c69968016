"""Machine: settings of the computer that runs; they change speed, never a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phenolens.core.ranges import MANY, at_least, between

MOST_THREADS = 1024  # each is a thread of the system


@dataclass(frozen=True, kw_only=True)
class Machine:
    """How the work is done on this computer. In no recipe and in no key of a stage.

    Attributes:
        accelerator: Device to compute on; `auto`: the best there is.
        threads: Image readers that work in parallel when a screen is prepared.
        dask: Address of a Dask scheduler, as `tcp://10.0.0.1:8786`: its workers read the images
            of a screen that is prepared, instead of threads.
        embed_batch_size: Images per forward pass when a screen is embedded.
        checkpoint_every: Training steps between two checkpoints.
        log_every: Training steps between two lines of the log.
    """

    accelerator: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = 2
    dask: str = ""
    embed_batch_size: int = 32
    checkpoint_every: int = 200
    log_every: int = 10

    def __post_init__(self) -> None:
        between(1, MOST_THREADS, threads=self.threads)
        between(1, MANY, embed_batch_size=self.embed_batch_size)
        at_least(1, checkpoint_every=self.checkpoint_every, log_every=self.log_every)
