"""What the training loop costs beyond the bare model: pairs, reading, cutting, logging.

The bare model is a method's forward, backward, optimizer and teacher on one set of views that is
held in memory. First four pairs of method and network (the bar is 15 %), then every method as its
recipe says; each in a process of its own, so that its memory is its own. Loop and bare model take
turns, and the fastest of each counts: other work on the machine only slows them down.

    python benchmarks/loop.py [--steps 20] [--repeats 3] [--accelerator cuda] [--data DATA]

With `--data` (or PHENOLENS_DATA) the recipes of `recipes/real_cells` are measured on BBBC021's
crops, else those of `recipes/simulated`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import torch

from phenolens.core.machine import Machine
from phenolens.core.registry import catalogue
from phenolens.core.views import Views
from phenolens.methods.base import Clock, Method
from phenolens.pixels.base import apply_chain
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import prepare
from phenolens.training.device import Accelerator, autocast, describe, device_of
from phenolens.training.fit import fit
from phenolens.training.monitor import Place
from phenolens.training.optimizer import make_optimizer
from phenolens.training.settings import Training
from phenolens.views.stream import ViewStream

RECIPES = Path(__file__).resolve().parents[1] / "recipes"
CELLS = "bbbc021-singlecells-13moa"
WARM = 3  # steps before the clock starts
VIT = {"name": "vit", "size": "tiny", "patch": 8, "image": 64}
RESNET = {"name": "resnet", "depth": 18, "stem": "small"}
# The four that have a bar: name -> recipe, and its encoder where that is another one.
BAR: dict[str, tuple[str, dict[str, Any]]] = {
    "SimCLR, ResNet-18": ("simclr", RESNET),
    "WS-DINO, ViT-tiny": ("dino", VIT),
    "MAE, ViT-tiny": ("mae", VIT),
    "autoencoder, conv_stack": ("autoencoder", {}),
}


@dataclass
class Timed:
    """A stream that notes when the views of some steps were ready."""

    stream: ViewStream
    marks: tuple[int, int]
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps_per_epoch = self.stream.steps_per_epoch

    def iterate(
        self, start: int, stop: int, device: torch.device, process: int = 0, processes: int = 1
    ) -> Iterator[Views]:
        """Yield the stream's views."""
        for step, views in enumerate(self.stream.iterate(start, stop, device, process, processes)):
            if step in self.marks:
                self.times.append(now(device))
            yield views


def now(device: torch.device) -> float:
    """Return the time in seconds, once the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def started(learning: Learning, data: Path, folder: Path) -> tuple[Method, ViewStream]:
    """Return a recipe's method with random weights, and its views of the prepared pixels."""
    screen = apply_chain(learning.pixels[:-1], learning.screen(data))
    pixels = learning.pixels[-1](prepare(screen, folder / "store"))
    assert learning.method is not None
    assert learning.encoder is not None
    (maker, settings), (network, shape) = learning.method, learning.encoder
    batch, columns = learning.training.batch_size, maker.columns(settings)
    limits = Limits.of(pixels)
    stream = ViewStream(pixels, limits, learning.views, batch, learning.seed, columns)
    torch.manual_seed(learning.seed)
    method: Method = maker(network(pixels.channels, **shape), stream.facts, **settings)
    return method, stream


def bare(
    method: Method, stream: ViewStream, training: Training, steps: int, device: torch.device
) -> float:
    """Return seconds per step of the model alone, on one set of views."""
    method = method.to(device).train()
    views, optimizer = stream.at(0, device), make_optimizer(method.groups(), training)
    began = 0.0
    for step in range(steps + WARM):
        if step == WARM:
            began = now(device)
        clock = Clock(step=step, steps=steps + WARM, epoch=0, epochs=1)
        with autocast(training.precision, device):
            outcome = method.loss(views, clock)
        torch.autograd.backward(torch.stack(list(outcome.terms.values())).sum())
        method.after_backward(clock)
        if training.clip:
            torch.nn.utils.clip_grad_norm_(method.parameters(), training.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        method.after_step(clock)
    return (now(device) - began) / steps


def whole(
    method: Method, stream: ViewStream, training: Training, steps: int, machine: Machine
) -> tuple[float, float]:
    """Return seconds per step of the whole loop, its log included, and the peak memory in MB."""
    timed = Timed(stream, (WARM, WARM + steps))
    with tempfile.TemporaryDirectory() as work:
        files = Path(work) / "checkpoint.pt", Path(work) / "log.csv"
        place = Place(*files, "loop", stop_after=WARM + steps + 1)
        cost = fit(method, timed, training, place, 0, machine)
    began, ended = timed.times
    return (ended - began) / steps, cost.peak_memory_mb


def measure(table: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    """Return figures of a recipe: seconds per step of loop and model, images per second, memory."""
    learning = Recipe.from_table(table).source
    assert isinstance(learning, Learning)
    training, device = learning.training, device_of(given.accelerator)
    method, stream = started(learning, given.root, given.folder)
    machine = Machine(accelerator=given.accelerator, checkpoint_every=10**6)
    loops, models = [], []
    for _ in range(given.repeats):
        loops.append(whole(method, stream, training, given.steps, machine))
        models.append(bare(method, stream, training, given.steps, device))
    loop, memory = min(loops)[0], loops[0][1]
    speed = training.batch_size / loop
    return {"loop": loop, "bare": min(models), "speed": speed, "memory": memory}


def table_of(recipe: str, encoder: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a shipped recipe without looks, with another encoder if one is given."""
    text = (RECIPES / kind / f"{recipe}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    table["training"].pop("watch", None)
    return {**table, **({"encoder": encoder} if encoder else {})}


def apart(table: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of a recipe, measured in a process of its own."""
    command = [sys.executable, __file__, "--measure", json.dumps(table)]
    for name in ("root", "folder", "steps", "repeats", "accelerator"):
        command += [f"--{name}", str(getattr(given, name))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def tables(given: argparse.Namespace, kind: str) -> None:
    """Print what the loop costs beyond four models, then the speed of every method's recipe."""
    print("| method, encoder | bare, ms/step | whole loop, ms/step | overhead |\n|---|---|---|---|")
    for name, (recipe, encoder) in BAR.items():
        found = apart(table_of(recipe, encoder, kind), given)
        alone, loop = 1000 * found["bare"], 1000 * found["loop"]
        over = 100 * (loop / alone - 1)
        print(f"| {name} | {alone:.1f} | {loop:.1f} | {over:+.0f} % |", flush=True)
    print(f"\n| recipe {kind}/ | images/s | overhead | memory, MB |\n|---|---|---|---|")
    for name in catalogue("methods"):
        found = apart(table_of(name, {}, kind), given)
        over = 100 * (found["loop"] / found["bare"] - 1)
        speed, memory = found["speed"], found["memory"]
        print(f"| {name} | {speed:.0f} | {over:+.0f} % | {memory:.0f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--accelerator", default="auto", choices=get_args(Accelerator))
    parser.add_argument("--data", type=Path, default=os.environ.get("PHENOLENS_DATA"))
    parser.add_argument("--measure", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure, given)))
        return
    given.root = Path(given.data) / CELLS if given.data else Path()
    kind = "real_cells" if given.data else "simulated"
    device = describe(device_of(given.accelerator))
    print(f"{device}; {given.steps} steps, the fastest of {given.repeats}\n")
    with tempfile.TemporaryDirectory() as folder:
        given.folder = Path(folder)
        tables(given, kind)


if __name__ == "__main__":
    main()
