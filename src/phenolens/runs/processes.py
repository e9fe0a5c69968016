"""Several processes in one run, as torchrun starts them: the first writes, all of them train."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from phenolens.chains.settings import hashed

MARK = ".training-"  # begins the name of a file that is there as long as several processes train
# What torchrun gives to all processes that it starts together, and to no others.
_TOGETHER = ("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "WORLD_SIZE")


def process() -> int:
    """Return the number of this process among those that share a run; 0 where it is alone."""
    return int(os.environ.get("RANK", "0"))


def mark_of(key: str) -> str:
    """Return the name of the mark by which these processes, and no others, train a stage together.

    While a run waits for another one that several processes make, it must not join their training.
    """
    return MARK + hashed({"key": key, **{name: os.environ.get(name, "") for name in _TOGETHER}})


def wait_until(true: Callable[[], bool], every: float = 0.5) -> None:
    """Return once a condition holds: what another process of the run does.

    It waits for as long as it takes: preparing a screen takes hours, and where the first process
    fails, torchrun ends the others.
    """
    while not true():
        time.sleep(every)


@contextmanager
def announced(mark: Path) -> Iterator[None]:
    """Keep a file for as long as the first process does something that the others must join.

    A process that is alone announces nothing.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)
