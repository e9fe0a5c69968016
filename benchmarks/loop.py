"""What the training loop costs beyond the bare model: pairs, reading, cutting, logging.

The bare model is DINO's forward, backward, optimiser and teacher on views that are held in memory.

    python benchmarks/loop.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch

from phenolens.core.machine import Machine
from phenolens.core.views import ViewFacts
from phenolens.encoders.base import Encoder
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.vit import Vit
from phenolens.methods.base import Clock
from phenolens.methods.dino import Dino
from phenolens.pixels.rescale import Rescale
from phenolens.screens.synthetic import Synthetic
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import prepare
from phenolens.training.device import autocast, describe, device_of
from phenolens.training.fit import fit
from phenolens.training.monitor import Place
from phenolens.training.settings import Training
from phenolens.views.crops import Crops
from phenolens.views.pairing import Pairing
from phenolens.views.stream import ViewSettings, ViewStream

STEPS, BATCH = 20, 32


def make(kind: str) -> Dino:
    """Return a small DINO on one of the encoders."""
    torch.manual_seed(0)
    facts = ViewFacts(("DNA", "Actin", "Tubulin"), {"global": 64, "local": 32})
    encoder: Encoder = ConvNet(facts.channels)
    if kind == "vit":
        encoder = Vit(facts.channels, size="tiny", patch=16, image=64)
    return Dino(encoder, facts, out=1024, hidden=512, bottleneck=128)


def bare(method: Dino, stream: ViewStream, training: Training) -> float:
    """Return images a second of the model alone, on one set of views."""
    device = device_of("auto")
    method = method.to(device)
    views = stream.at(0, device)
    optimizer = torch.optim.AdamW(method.trainable(), lr=1e-4)
    began = 0.0
    for step in range(STEPS + 3):
        if step == 3:
            began = time.perf_counter()
        clock = Clock(step=step, steps=STEPS + 3, epoch=0, epochs=1)
        with autocast(training.precision, device):
            outcome = method.loss(views, clock)
        torch.autograd.backward(outcome.terms["dino"])
        method.after_backward(clock)
        torch.nn.utils.clip_grad_norm_(method.trainable(), training.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        method.after_step(clock)
    return STEPS * BATCH / (time.perf_counter() - began)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        screen = prepare(Synthetic(sites=1, replicates=2)(Path()), Path(folder) / "store")
        limits = Limits.of(Rescale()(screen))
        settings = ViewSettings(
            pairs=Pairing(same=("compound",)), crops=Crops(global_size=64, local_size=32)
        )
        stream = ViewStream(screen, limits, settings, BATCH, 0)
        training, machine = Training(epochs=4, batch_size=BATCH), Machine(checkpoint_every=1000)
        print(f"{describe(device_of('auto'))}; 2 + 8 views of 64 and 32 px from 256 px fields\n")
        print(
            "| encoder | bare, images/s | whole loop, images/s | loop / bare |\n|---|---|---|---|"
        )
        for kind in ("vit", "conv_net"):
            alone = bare(make(kind), stream, training)
            place = Place(Path(folder) / kind / "c.pt", Path(folder) / kind / "l.csv", kind)
            cost = fit(make(kind), stream, training, place, 0, machine)
            whole = cost.images_per_second
            print(f"| {kind} | {alone:.1f} | {whole:.1f} | {whole / alone:.2f} |")


if __name__ == "__main__":
    main()
