"""Training on a quiet machine and next to a process on every core, by how OpenMP's threads wait.

Each figure is the median of several trainings, each a process of its own, since OpenMP reads its
settings when it is loaded. All four cases take turns, so that a change of the machine meets all.
`phenolens.core.threads.PASSIVE` is the default that follows from the table.

    python benchmarks/busy.py [--repeats 3] [--steps 30]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

WAITING = {
    "default (spin)": {},
    "OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0": {
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
    },
}
BATCH = 32


def measure(steps: int) -> float:
    """Return images per second of a training like the quickstart's, after three steps."""
    from phenolens.core.machine import Machine
    from phenolens.core.views import ViewFacts
    from phenolens.encoders.conv_net import ConvNet
    from phenolens.methods.dino import Dino
    from phenolens.pixels.rescale import Rescale
    from phenolens.screens.synthetic import Synthetic
    from phenolens.store.limits import Limits
    from phenolens.store.pixel_store import prepare
    from phenolens.training.fit import fit
    from phenolens.training.monitor import Place
    from phenolens.training.settings import Training
    from phenolens.views.crops import Crops
    from phenolens.views.pairing import Pairing
    from phenolens.views.stream import ViewSettings, ViewStream

    with tempfile.TemporaryDirectory() as folder:
        screen = prepare(Synthetic(sites=1, replicates=2)(Path()), Path(folder) / "store")
        crops = Crops(local_views=2, global_size=64, local_size=64)
        settings = ViewSettings(pairs=Pairing(same=("compound",)), crops=crops)
        stream = ViewStream(screen, Limits.of(Rescale()(screen)), settings, BATCH, 0)
        facts = ViewFacts(screen.channels, {"global": 64, "local": 64})
        method = Dino(ConvNet(screen.channels), facts, out=256, hidden=512, bottleneck=128)
        training = Training(epochs=1000, batch_size=BATCH)
        files = Path(folder) / "checkpoint.pt", Path(folder) / "log.csv"
        machine = Machine(accelerator="cpu", checkpoint_every=10**6, log_every=10**6)
        warm, whole = (
            fit(method, stream, training, Place(*files, "busy", stop_after=n), 0, machine)
            for n in (3, steps)
        )
        return steps * BATCH / (whole.seconds - warm.seconds)


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """Keep so many cores busy with other processes."""
    spin = [sys.executable, "-c", "while True: pass"]
    with ExitStack() as stack:
        for _ in range(cores):
            process = subprocess.Popen(spin)
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def training(steps: int, waiting: dict[str, str]) -> float:
    """Return images per second of a training in a process of its own."""
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    env = {k: v for k, v in os.environ.items() if k not in names} | waiting
    command = [sys.executable, __file__, "--measure", "--steps", str(steps)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if given.measure:
        print(measure(given.steps))
        return
    cores = os.cpu_count() or 1
    speeds: dict[tuple[str, int], list[float]] = {}
    for _ in range(given.repeats):
        for others in (0, cores):
            for name, waiting in WAITING.items():
                with busy(others):
                    speed = training(given.steps, waiting)
                speeds.setdefault((name, others), []).append(speed)
    print(f"{cores} cores; images per second, median of {given.repeats}\n")
    print(f"| threads that wait | quiet machine | {cores} other processes |\n|---|---|---|")
    for name in WAITING:
        quiet, loaded = (statistics.median(speeds[name, others]) for others in (0, cores))
        print(f"| {name} | {quiet:.1f} | {loaded:.1f} |")


if __name__ == "__main__":
    main()
