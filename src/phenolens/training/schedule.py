"""Cosine schedules with a warm-up."""

from __future__ import annotations

import math


def cosine(step: int, steps: int, start: float, end: float, *, warmup: int = 0) -> float:
    """Return a value that rises linearly from 0 to `start` and falls along a cosine to `end`.

    Args:
        step: Current step, 0..steps-1.
        steps: Steps in all.
        start: Value after the warm-up.
        end: Value at the last step.
        warmup: Steps of the rise.

    Example:
        >>> [round(cosine(t, 5, 1.0, 0.0), 3) for t in range(5)]
        [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    if step < warmup:
        return start * step / warmup
    span = max(1, steps - warmup - 1)
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, (step - warmup) / span))) / 2
