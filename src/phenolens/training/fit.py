"""The training loop: one, visible, the same for one process and for many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from phenolens.core.interrupt import deferred
from phenolens.core.machine import Machine
from phenolens.core.views import Views
from phenolens.methods.base import Clock, Method
from phenolens.training.device import autocast, describe, device_of
from phenolens.training.meter import Subset
from phenolens.training.monitor import Monitor, Place, peak_memory_mb
from phenolens.training.optimizer import make_optimizer, set_schedules
from phenolens.training.session import keep, restore, stops, threads
from phenolens.training.settings import Training
from phenolens.training.watch import Watcher


class Stream(Protocol):
    """What gives the views of any step, from its number alone."""

    steps_per_epoch: int

    def iterate(
        self, start: int, stop: int, device: torch.device, process: int = 0, processes: int = 1
    ) -> Iterator[Views]:
        """Yield the views of steps start..stop-1."""
        ...


@dataclass(frozen=True, slots=True)
class Cost:
    """What a training took.

    Attributes:
        seconds: Of all its sessions together.
        images_per_second: Anchors per second.
        peak_memory_mb: Of this session: the accelerator's where one is used, else the process's.
        device: The name of the device.
        steps: Steps done so far.
        finished: Whether these are all.
    """

    seconds: float
    images_per_second: float
    peak_memory_mb: float
    device: str
    steps: int
    finished: bool


def fit(  # noqa: PLR0913  # what is trained on what and how, then what changes no weight
    method: Method,
    stream: Stream,
    training: Training,
    place: Place,
    seed: int,
    machine: Machine = Machine(),  # noqa: B008 - frozen
    subset: Subset | None = None,
) -> Cost:
    """Train a method in place, or resume a training that was killed.

    Every draw of a step (pairs, crops, stochastic depth) comes from the seed and the step's number,
    so a resumed training on one CPU ends with the same bits as an uninterrupted one; it computes
    with as many threads. A signal that asks to stop waits until the step is finished and a
    checkpoint is written.

    Args:
        method: What is trained; its `encoder` and `parts` are what is kept.
        stream: The views of every step.
        training: How long, how fast.
        place: Where checkpoint and log are kept, and how many steps this session may take.
        seed: Seed of all randomness inside the network.
        machine: On which device, and how often checkpoint and log are written.
        subset: What `training.watch` looks at; None: nothing.

    Raises:
        InputError: The checkpoint belongs to another training, or there is no such device.
        FloatingPointError: The loss is not finite; says the step and the terms.
    """
    fabric = launch(machine)
    optimizer = make_optimizer(method.groups(), training)
    module, wrapped = fabric.setup(method, optimizer)
    per_epoch, steps = stream.steps_per_epoch, stream.steps_per_epoch * training.epochs
    start = restore(place, method, optimizer, fabric, steps)  # now the network is on its device
    begin, state = start.step, (place, method, optimizer, fabric)
    stop = steps if place.stop_after is None else min(steps, begin + place.stop_after)
    here = (fabric.device, fabric.global_rank, fabric.world_size)
    monitor = Monitor(place, begin, steps, method.collapsed_loss, fabric.global_rank, start.monitor)
    watcher = _watcher(training, subset, fabric, monitor)
    method.train().share_statistics()
    with threads(start.threads), deferred() as asked, monitor:
        watcher.begin(method, begin)
        for step, views in enumerate(monitor.waits(stream.iterate(begin, stop, *here)), begin):
            clock = Clock(step=step, steps=steps, epoch=step // per_epoch, epochs=training.epochs)
            lr = set_schedules(optimizer, training, step, steps, per_epoch)
            with _seeded(seed, step, fabric), autocast(training.precision, fabric.device):
                terms, embedding = module(views, clock)
            fabric.backward(torch.stack(list(terms.values())).sum())
            _move(method, clock, fabric, (module, wrapped), training.clip)
            monitor.see(step, terms, embedding, len(views.rows) * fabric.world_size)
            last = step + 1 == stop
            figures = watcher.look(method, step, per_epoch, last=step + 1 == steps)
            if (looks := step % machine.log_every == 0 or last) or figures:
                monitor.log(step, clock.epoch, lr, monitor.look(), figures)
            by = stops(asked, fabric, look=looks)
            if (step + 1) % machine.checkpoint_every == 0 or last or by:
                keep(*state, monitor, step + 1)
                asked.stop(by)
        watcher.end(method, finished=stop == steps)
        return _cost(monitor.seconds, training.batch_size, stop, steps, describe(fabric.device))


def _watcher(training: Training, subset: Subset | None, fabric: Any, monitor: Monitor) -> Watcher:
    """Return what looks at the encoder: in the first process, whose weights are kept."""
    subset = None if fabric.global_rank else subset
    return Watcher(training.watch, subset, monitor, best=training.keep == "best_replicates")


def _move(method: Method, clock: Clock, fabric: Any, wrapped: tuple[Any, Any], most: float) -> None:
    """Let the optimizer use the gradients, then the method move what the optimizer does not."""
    module, optimizer = wrapped
    method.after_backward(clock)
    _clip(fabric, module, optimizer, most)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    method.after_step(clock)


def _clip(fabric: Any, module: Any, optimizer: Any, most: float) -> None:
    """Scale the gradient down to a largest norm; 0: leave it."""
    if most:
        # Non-finite gradients show in a later loss; to look here is to wait for the device.
        fabric.clip_gradients(module, optimizer, max_norm=most, error_if_nonfinite=False)


def _cost(seconds: float, batch_size: int, done: int, steps: int, device: str) -> Cost:
    return Cost(
        seconds=seconds,
        images_per_second=done * batch_size / max(seconds, 1e-9),
        peak_memory_mb=peak_memory_mb(),
        device=device,
        steps=done,
        finished=done == steps,
    )


def launch(machine: Machine) -> Any:
    """Return Fabric set up for this process, or for those that torchrun started."""
    from lightning_fabric import Fabric  # takes seconds to import: only where it is used

    processes = int(os.environ.get("WORLD_SIZE", "1"))
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    fabric = Fabric(
        accelerator=device_of(machine.accelerator).type,
        devices=here,
        num_nodes=max(1, processes // here),
        strategy="ddp" if processes > 1 else "auto",
    )
    fabric.launch()
    return fabric


class _seeded:  # noqa: N801  (a context manager reads as a verb)
    """Torch's generator seeded for one step, and restored after it."""

    def __init__(self, seed: int, step: int, fabric: Any) -> None:
        cuda = [fabric.device] if fabric.device.type == "cuda" else []
        self._fork = torch.random.fork_rng(devices=cuda)
        self._seed = (seed * 1_000_003 + step) * 1009 + fabric.global_rank

    def __enter__(self) -> None:
        self._fork.__enter__()
        torch.manual_seed(self._seed)

    def __exit__(self, *error: object) -> None:
        self._fork.__exit__(None, None, None)
