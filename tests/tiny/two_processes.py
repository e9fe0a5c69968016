"""Every method on two processes that share a batch; a test compares them with one process.

The processes are forked, so that torch is imported once.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from torch import Tensor

from phenolens.core.registry import find
from phenolens.core.views import Views
from phenolens.methods.base import Clock, Method

STEPS = 3


def make(name: str) -> tuple[Method, Views]:
    """Return a method and its views, the same each time."""
    torch.manual_seed(0)
    method, views = find("methods", name).example()
    images = tuple(x.double() for x in views.images)
    return method.double().train(), replace(views, images=images)


def share_of(views: Views, process: int, processes: int) -> Views:
    """Return what one process sees of a step."""
    mine = slice(process, None, processes)
    return replace(
        views,
        images=tuple(x[mine] for x in views.images),
        rows=views.rows[mine],
        codes={column: codes[mine] for column, codes in views.codes.items()},
    )


def train(method: Method, views: Views, wrapped: torch.nn.Module | None = None) -> list[float]:
    """Take a few steps of plain gradient descent; return the losses."""
    optimizer = torch.optim.SGD(method.trainable(), lr=0.05)
    losses = []
    for step in range(STEPS):
        clock = Clock(step=step, steps=STEPS, epoch=50, epochs=100)
        terms, _ = (wrapped or method)(views, clock)
        loss = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        method.after_backward(clock)
        optimizer.step()
        method.after_step(clock)
        losses.append(float(loss.detach()))
    return losses


def state_of(method: Method) -> dict[str, Tensor]:
    """Return weights and buffers."""
    return {
        name: value.detach().clone(memory_format=torch.contiguous_format)
        for name, value in method.state_dict().items()
    }


def work(process: int, folder: Path, names: list[str]) -> None:
    """Train each method with the other process, and write its weights and losses."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=process, world_size=2
    )
    for name in names:
        method, views = make(name)
        method.share_statistics()
        wrapped = torch.nn.parallel.DistributedDataParallel(method)
        losses = torch.tensor(train(method, share_of(views, process, 2), wrapped))
        dist.all_reduce(losses)
        if process == 0:
            save_file({**state_of(method), "losses": losses / 2}, folder / f"{name}.safetensors")
    dist.destroy_process_group()


def main(folder: Path, names: list[str]) -> int:
    """Start both processes; return 0 where both did well."""
    context = get_context("fork")
    both = [context.Process(target=work, args=(i, folder, names)) for i in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    return max(abs(each.exitcode or 0) for each in both)


if __name__ == "__main__":
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
