"""The loop: one, visible, the same on one machine and on many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import nn

from phenolens.core.views import Views
from phenolens.methods.base import Clock, Method
from phenolens.training.checkpoint import load_checkpoint, save_checkpoint
from phenolens.training.monitor import Monitor, Place, peak_memory_mb
from phenolens.training.optimizer import make_optimizer, set_schedules
from phenolens.training.settings import Training


class Stream(Protocol):
    """Where views come from: any step's, from its number alone."""

    steps_per_epoch: int

    def iterate(
        self, start: int, stop: int, device: torch.device, rank: int = 0, world: int = 1
    ) -> Iterator[Views]:
        """Yield the views of steps start..stop-1."""
        ...


@dataclass(frozen=True, slots=True)
class Cost:
    """What a training took: seconds (all its sessions), views' source images a second, peak MB."""

    seconds: float
    images_per_second: float
    peak_memory_mb: float
    device: str
    steps: int
    finished: bool


def fit(
    method: Method,
    stream: Stream,
    training: Training,
    place: Place,
    seed: int,
    stop_after: int | None = None,
) -> Cost:
    """Train a method in place, or go on where a killed training was.

    Every draw of a step (pairs, crops, drop path) comes from the seed and the step's number, so a
    resumed training on one CPU ends in the same bits as an uninterrupted one.

    Args:
        method: What is trained; its `encoder` is what one keeps.
        stream: The views of every step.
        training: How long, how fast.
        place: Where checkpoint and log are kept.
        seed: Seed of all randomness inside the network.
        stop_after: Steps to make in this session, for a budget; all when None.

    Raises:
        InputError: The checkpoint belongs to another training.
        FloatingPointError: The loss is not finite: says the step and the terms.
    """
    fabric = launch(training)
    optimizer = make_optimizer(method.trainable(), training)
    module, moved = fabric.setup(method, optimizer)
    begin = _restore(place, method, optimizer)  # now that the network lies on its device
    per_epoch, steps = stream.steps_per_epoch, stream.steps_per_epoch * training.epochs
    stop = steps if stop_after is None else min(steps, begin + stop_after)
    views_of = stream.iterate(begin, stop, fabric.device, fabric.global_rank, fabric.world_size)
    method.train()
    with Monitor(place, begin, steps, method.collapsed_loss, fabric.global_rank) as monitor:
        for step, views in enumerate(views_of, start=begin):
            clock = Clock(step=step, steps=steps, epoch=step // per_epoch, epochs=training.epochs)
            lr = set_schedules(optimizer, training, step, steps, per_epoch)
            with _seeded(seed, step, fabric), autocast(training, fabric.device):
                terms, embedding = module(views, clock)
            fabric.backward(torch.stack(list(terms.values())).sum())
            method.after_backward(clock)
            if training.clip:
                # Non-finite ones are found by the next loss, which is looked at without a wait.
                fabric.clip_gradients(
                    module, moved, max_norm=training.clip, error_if_nonfinite=False
                )
            moved.step()
            moved.zero_grad(set_to_none=True)
            method.after_step(clock)
            monitor.see(step, terms, embedding, len(views.rows) * fabric.world_size)
            last = step + 1 == stop
            if step % training.log_every == 0 or last:
                monitor.log(step, clock.epoch, lr, monitor.look())
            if (step + 1) % training.checkpoint_every == 0 or last:
                monitor.flush()  # first: lines past the checkpoint are cut, absent ones are lost
                _keep(place, method, optimizer, step + 1, fabric)
    speed = stop * training.batch_size / max(monitor.seconds, 1e-9)
    told = describe(fabric.device), stop, stop == steps
    return Cost(monitor.seconds, speed, peak_memory_mb(), *told)


def _restore(place: Place, method: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Return the step at which to begin, with the checkpoint's state put in place."""
    saved = load_checkpoint(place.checkpoint, place.identity)
    if not saved:
        return 0
    method.load_state_dict(saved["method"])
    optimizer.load_state_dict(saved["optimizer"])
    return int(saved["step"])


def launch(training: Training) -> Any:
    """Return Fabric set up for the processes there are: one, or those that torchrun started."""
    from lightning_fabric import Fabric  # seconds to import: only where it is used

    world = int(os.environ.get("WORLD_SIZE", "1"))
    accelerator = training.accelerator
    fabric = Fabric(
        accelerator=accelerator,
        devices=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
        num_nodes=max(1, world // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))),
        strategy="ddp" if world > 1 else "auto",
    )
    fabric.launch()
    return fabric


def autocast(training: Training, device: torch.device) -> torch.autocast:
    """Return the context that the forward pass computes in: bf16 or float32."""
    half = precision_of(training, device) == "bf16"
    return torch.autocast(device.type, torch.bfloat16, enabled=half)


def precision_of(training: Training, device: torch.device) -> Literal["float32", "bf16"]:
    """Return the precision to train in: bf16 where `auto` finds hardware for it, else float32."""
    if training.precision != "auto":
        return training.precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "float32"
    known: dict[str, Any] = getattr(
        torch.cpu, "get_capabilities", dict
    )()  # absent before torch 2.7
    return "bf16" if known.get("avx512_bf16") or known.get("amx_bf16") else "float32"


def describe(device: torch.device) -> str:
    """Return the device's name as a person knows it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads"


def _keep(
    place: Place, method: nn.Module, optimizer: torch.optim.Optimizer, step: int, fabric: Any
) -> None:
    if fabric.global_rank == 0:
        state = {
            "identity": place.identity,
            "step": step,
            "method": method.state_dict(),
            "optimizer": optimizer.state_dict(),
        }
        save_checkpoint(place.checkpoint, state)
    fabric.barrier()


class _seeded:  # noqa: N801  (a context manager reads as a verb)
    """Torch's generator seeded for one step, and given back as it was."""

    def __init__(self, seed: int, step: int, fabric: Any) -> None:
        cuda = [fabric.device] if fabric.device.type == "cuda" else []
        self._fork = torch.random.fork_rng(devices=cuda)
        self._seed = (seed * 1_000_003 + step) * 1009 + fabric.global_rank

    def __enter__(self) -> None:
        self._fork.__enter__()
        torch.manual_seed(self._seed)

    def __exit__(self, *error: object) -> None:
        self._fork.__exit__(None, None, None)
