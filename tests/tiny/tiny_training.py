"""A training of a second, to be run in a test and in processes that a test starts and kills."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from phenolens.core.machine import Machine
from phenolens.core.screen import Screen
from phenolens.core.views import ViewFacts
from phenolens.encoders.vit import Vit
from phenolens.methods.base import Clock
from phenolens.methods.dino import Dino
from phenolens.pixels.rescale import Rescale
from phenolens.store.limits import Limits
from phenolens.training.fit import fit
from phenolens.training.meter import Subset
from phenolens.training.monitor import Place
from phenolens.training.settings import Training, Watch
from phenolens.views.augment import Intensity
from phenolens.views.crops import Crops
from phenolens.views.pairing import Pairing
from phenolens.views.stream import ViewSettings, ViewStream


class SlowDino(Dino):
    """DINO that waits to be killed, however slow everything else is."""

    waits_at = -1

    def after_step(self, clock: Clock) -> None:
        """Wait at the step that is asked for."""
        super().after_step(clock)
        time.sleep(60 * (clock.step == self.waits_at))


def make_stream() -> ViewStream:
    """Return CDCL's pairs in batches of 8, cut at any angle, with every change of intensity."""
    screen: Screen = importlib.import_module("tiny_layout").Tiny()(Path())
    settings = ViewSettings(
        pairs=Pairing(same=("compound",), differ=("batch",)),
        crops=Crops(local_views=2, global_size=16, local_size=8, rotate="any"),
        intensity=Intensity(gain=0.2, gamma=0.2, offset=0.05, noise=0.02),
    )
    screen = Rescale(mode="fixed", low=0, high=6000)(screen)
    return ViewStream(screen, Limits.of(screen), settings, batch_size=8, seed=1)


def make_method(drop_path: float = 0.3, waits_at: int = -1) -> SlowDino:
    """Return DINO on two blocks, the same weights each time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        facts = ViewFacts(("DNA", "Actin"), {"global": 16, "local": 8})
        encoder = Vit(facts.channels, size="tiny", patch=8, image=16, depth=2, drop_path=drop_path)
        method = SlowDino(encoder, facts, out=16, hidden=16, bottleneck=8)
    method.waits_at = waits_at
    return method


def make_training(**settings: Any) -> Training:
    """Return 4 epochs of 3 steps."""
    plain: dict[str, Any] = {
        "epochs": 4,
        "batch_size": 8,
        "lr": 1e-3,
        "warmup_epochs": 1,
        "precision": "float32",
    }
    return Training(**{**plain, **settings})


def make_machine() -> Machine:
    """Return the CPU, with a checkpoint every 4 steps and a line of log every 2."""
    return Machine(accelerator="cpu", checkpoint_every=4, log_every=2)


def place_in(folder: Path) -> Place:
    """Return where checkpoint and log are kept."""
    return Place(folder / "checkpoint.pt", folder / "log.csv", "tiny")


def make_subset() -> Subset:
    """Return 12 images of two tiles to look at: 4 treatments and controls, in two batches."""
    images = torch.rand(24, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    n = torch.arange(12)
    return Subset(
        images=lambda device: iter(images.to(device).chunk(3)),
        tiles=2,
        treatments=n % 4,
        places=n // 6,
        rivals=torch.zeros_like(n),
        batches=n // 6,
        controls=n % 4 == 3,
        apart="batch",
    )


def state_of(module: nn.Module) -> Mapping[str, Tensor]:
    """Return all weights and buffers, as they are written."""
    return {name: value.contiguous() for name, value in module.state_dict().items()}


def main(folder: Path, how: str) -> None:
    """Train in this folder as asked, and write the weights."""
    drop_path, changes = 0.3, dict[str, Any](precision=how)
    if how == "shared":  # the settings under which processes that share agree with one alone
        drop_path, changes = 0.0, dict[str, Any](clip=0.0, epochs=2)
    method = make_method(drop_path, waits_at=-1 if how == "shared" else 6)
    training, place = make_training(**changes), place_in(folder)
    fit(method, make_stream(), training, place, seed=2, machine=make_machine())
    save_file(dict(state_of(method)), folder / "weights.safetensors")
    if how == "shared":
        watched(folder / "watched")


def watched(folder: Path) -> None:
    """Train the same, with a look after each epoch, and note how often the images were read."""
    looks, subset = [], make_subset()

    def images(device: torch.device) -> Iterator[Tensor]:
        looks.append(device)
        return subset.images(device)

    method, place = make_method(drop_path=0.0), place_in(folder)
    training = make_training(clip=0.0, epochs=2, watch=Watch(every=1))
    seen = replace(subset, images=images)
    fit(method, make_stream(), training, place, seed=2, machine=make_machine(), subset=seen)
    save_file(dict(state_of(method)), folder.parent / "watched.safetensors")
    (folder.parent / "looks.txt").write_text(str(len(looks)), encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[3]))
    main(Path(sys.argv[1]), sys.argv[2])
