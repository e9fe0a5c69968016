"""Cosine schedules with a warm-up."""

from __future__ import annotations

import math


def cosine(step: int, steps: int, start: float, end: float, *, warmup: int = 0) -> float:
    """Return a value that rises linearly from 0 to `start` and falls along a cosine to `end`.

    DINO's published schedule (Caron et al. 2021, `cosine_scheduler`) to the step: the rise takes
    in both its ends, as `linspace(0, start, warmup)`; the cosine starts at `start` and leaves out
    its end, as cos(pi i / length), so that `end` would be reached one step after the last.

    Args:
        step: Current step, 0..steps-1.
        steps: Steps in all.
        start: Value after the warm-up.
        end: Value one step after the last.
        warmup: Steps of the rise.

    Example:
        >>> [round(cosine(t, 4, 1.0, 0.0), 3) for t in range(4)]
        [1.0, 0.854, 0.5, 0.146]
    """
    if step < warmup:
        return start * step / max(1, warmup - 1)
    span = max(1, steps - warmup)
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, (step - warmup) / span))) / 2
