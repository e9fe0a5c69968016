"""Several processes on one run, as torchrun starts them: the first writes, all of them train."""

from __future__ import annotations

import os
import time
from pathlib import Path


def rank() -> int:
    """Return which of the processes that share a run this is; 0 where it is alone."""
    return int(os.environ.get("RANK", "0"))


def wait_for(*paths: Path, every: float = 0.5) -> None:
    """Return once all files are there: what another process writes.

    It waits for as long as it takes: preparing a screen takes hours, and where the first process
    fails, torchrun ends the others.
    """
    while not all(path.exists() for path in paths):
        time.sleep(every)
