"""Several processes in one run, as torchrun starts them: the first writes, all of them train."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = ".training-"  # begins the name of a file that is there as long as several processes train


def process() -> int:
    """Return the number of this process among those that share a run; 0 where it is alone."""
    return int(os.environ.get("RANK", "0"))


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
