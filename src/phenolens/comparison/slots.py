"""Slots: what of the machine each of several processes gets, so that they do not compete."""

from __future__ import annotations

import os
import sys

_THREADS = "OMP_NUM_THREADS"
_DEVICES = "CUDA_VISIBLE_DEVICES"


def environment_of(slot: int, jobs: int) -> dict[str, str]:
    """Return the variables of one of several processes that run side by side.

    Each gets an equal share of the processor's cores, and one of the GPUs in turn. A number of
    threads that the user has set is kept. One process alone gets all there is.

    Args:
        slot: 0 for the first of the processes.
        jobs: How many there are.
    """
    if jobs < 2:
        return {}
    found = {}
    if _THREADS not in os.environ:
        found[_THREADS] = str(max(1, _cores() // jobs))
    devices = _devices()
    if len(devices) > 1:
        found[_DEVICES] = devices[slot % len(devices)]
    return found


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _devices() -> list[str]:
    """Return the GPUs that this process may use; none where torch is not loaded."""
    if _DEVICES in os.environ:
        return [name.strip() for name in os.environ[_DEVICES].split(",") if name.strip()]
    torch = sys.modules.get("torch")
    return [str(number) for number in range(torch.cuda.device_count())] if torch else []
