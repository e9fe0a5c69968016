"""A session of a training: where it begins, what it leaves for the next one, when it stops."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from phenolens.core.interrupt import Asked
from phenolens.training.checkpoint import damaged, load_checkpoint, save_checkpoint
from phenolens.training.monitor import Monitor, Place
from phenolens.training.plausible import misshapen

_LOG = logging.getLogger("phenolens")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a session begins.

    Attributes:
        step: The first step that it takes.
        threads: Threads to compute with: as many as the training was begun with.
        monitor: What the log needs to go on; empty at the beginning.
    """

    step: int
    threads: int
    monitor: Mapping[str, Any] = field(default_factory=dict)


def restore(
    place: Place, method: nn.Module, optimizer: Optimizer, fabric: Any, steps: int
) -> Start:
    """Put the checkpoint's state in place, and return where the session begins.

    A line says at which step a resumed training goes on, and one what will differ from an
    uninterrupted one: a checkpoint that is damaged, or another device or number of processes. The
    number of threads is that of the checkpoint.

    Args:
        place: Where the checkpoint is.
        method: As it starts without one.
        optimizer: Of the method.
        fabric: Of this process.
        steps: Of the whole training.

    Raises:
        InputError: The checkpoint belongs to another training.
    """
    new = Start(0, torch.get_num_threads())
    now = _state(place, method, optimizer, fabric, 0)
    saved = load_checkpoint(place.checkpoint, place.identity, now, steps)
    if not saved:
        return new
    wrong = ""
    try:
        optimizer.load_state_dict(saved["optimizer"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        wrong = type(error).__name__
    if wrong := wrong or misshapen(optimizer):
        optimizer.load_state_dict(now["optimizer"])
        damaged(place.checkpoint, f"the optimizer's state does not fit: {wrong}")
        return new
    method.load_state_dict(saved["method"])
    for name in ("device", "processes"):
        if saved[name] != now[name] and fabric.global_rank == 0:
            _LOG.warning(
                "%s: begun with %s %s, goes on with %s: the weights will differ in their last bits "
                "from those of an uninterrupted training",
                place.title,
                name,
                saved[name],
                now[name],
            )
    if fabric.global_rank == 0:
        _LOG.info("%s: continuing from step %d of %d", place.title, saved["step"], steps)
    return Start(saved["step"], saved["threads"], saved["monitor"])


def keep(
    place: Place,
    method: nn.Module,
    optimizer: Optimizer,
    fabric: Any,
    monitor: Monitor,
    step: int,
) -> None:
    """Write the log and a checkpoint after so many steps; the first process does, all wait for it.

    Raises:
        FloatingPointError: A loss was not finite since the last look.
    """
    monitor.flush()
    if fabric.global_rank == 0:
        state = _state(place, method, optimizer, fabric, step)
        save_checkpoint(place.checkpoint, {**state, "monitor": monitor.state()})
    fabric.barrier()


def stops(asked: Asked, fabric: Any, *, look: bool) -> int:
    """Return the number of the signal that asks the training to stop; 0: it goes on.

    Where several processes train, all of them get the same answer at the same step.

    Args:
        asked: By this process.
        fabric: Of this process.
        look: Whether several processes ask each other now, for which they wait.
    """
    if fabric.world_size == 1:
        return asked.by
    if not look:
        return 0
    number = torch.tensor([float(asked.by)], device=fabric.device)
    return round(float(fabric.all_reduce(number, reduce_op="max").max()))


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Let torch compute with so many threads, and say so where this process has another number."""
    here = torch.get_num_threads()
    if number != here:
        _LOG.warning(
            "training goes on with %d threads, as it was begun, not with %d: for the same bits",
            number,
            here,
        )
        torch.set_num_threads(number)
    try:
        yield
    finally:
        if number != here:
            torch.set_num_threads(here)


def _state(
    place: Place, method: nn.Module, optimizer: Optimizer, fabric: Any, step: int
) -> dict[str, Any]:
    return {
        "identity": place.identity,
        "step": step,
        "method": method.state_dict(),
        "optimizer": optimizer.state_dict(),
        "threads": torch.get_num_threads(),
        "device": fabric.device.type,
        "processes": fabric.world_size,
        "monitor": {},
    }
