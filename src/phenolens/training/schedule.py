"""Schedules: a value for each step from its number alone, so that a resume needs no state."""

from __future__ import annotations

import math
from collections.abc import Sequence


def cosine(step: int, steps: int, start: float, end: float, *, warmup: int = 0) -> float:
    """Return a value that rises linearly from 0 to `start` and falls along a cosine to `end`.

    DINO's published schedule (Caron et al. 2021, `cosine_scheduler`) to the step: the rise includes
    both its ends, as `linspace(0, start, warmup)`; the cosine starts at `start` and leaves out its
    end, as cos(pi i / length), so `end` would be reached one step after the last.

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
        return _rise(step, start, warmup)
    span = max(1, steps - warmup)
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, (step - warmup) / span))) / 2


def constant(step: int, value: float, *, warmup: int = 0) -> float:
    """Return a value that rises linearly from 0, as that of `cosine`, and then stays."""
    return _rise(step, value, warmup) if step < warmup else value


def stepwise(
    step: int, start: float, milestones: Sequence[int], factor: float, *, warmup: int = 0
) -> float:
    """Return a value that is multiplied by `factor` at each milestone: torch's `MultiStepLR`.

    Args:
        step: Current step, from 0.
        start: Value after the warm-up.
        milestones: Steps at which it changes.
        factor: What it is multiplied by.
        warmup: Steps of a linear rise from 0, as that of `cosine`.

    Example:
        >>> [round(stepwise(t, 1.0, (2, 3), 0.1), 3) for t in range(4)]
        [1.0, 1.0, 0.1, 0.01]
    """
    if step < warmup:
        return _rise(step, start, warmup)
    return start * factor ** sum(step >= milestone for milestone in milestones)


def _rise(step: int, end: float, warmup: int) -> float:
    return end * step / max(1, warmup - 1)
