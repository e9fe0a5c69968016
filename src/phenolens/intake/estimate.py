"""How large a prepared screen becomes, and how long it takes: a few images are timed."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.drawing.amounts import duration, memory

_TIMED = 4  # images
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a preparation costs.

    Attributes:
        store_bytes: Of the pixels in the store.
        free_bytes: On the disk of the store.
        seconds: Of the whole preparation; NaN where none of the timed images can be read.
        timed: Images that were read for it.
    """

    store_bytes: int
    free_bytes: int
    seconds: float
    timed: int

    @classmethod
    def of(cls, screen: Screen, out: Path, threads: int) -> Estimate:
        """Read a few images, spread over the screen, and return what all of them cost.

        Args:
            screen: The screen.
            out: Where the store is written.
            threads: Images that are read in parallel; one more is counted as half of one, since
                they share disk and memory.
        """
        n = len(screen)
        rows = np.unique(np.linspace(0, n - 1, min(_TIMED, n)).astype(int))
        spent, read = 0.0, 0
        for row in rows:
            begin = time.perf_counter()
            try:
                screen.read(np.array([row]))
            except InputError:
                continue  # named when all are read
            spent, read = spent + time.perf_counter() - begin, read + 1
        each = spent / read if read else float("nan")
        there = next(p for p in (out.resolve(), *out.resolve().parents) if p.exists())
        return cls(
            store_bytes=2 * n * len(screen.channels) * screen.size[0] * screen.size[1],
            free_bytes=shutil.disk_usage(there).free,
            seconds=n * each / (1 + (threads - 1) / 2),
            timed=read,
        )

    @property
    def words(self) -> str:
        """The same in words."""
        store, free = (memory(b / _MEGABYTE) for b in (self.store_bytes, self.free_bytes))
        spent = duration(self.seconds) or "an unknown time"
        return f"{store} in the store, about {spent} ({self.timed} images were timed); {free} free"
