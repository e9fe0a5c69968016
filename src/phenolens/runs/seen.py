"""A run's model with its images, for the explanations."""

from __future__ import annotations

from functools import partial

from phenolens.embedding.seen import Seen
from phenolens.models.folder import load
from phenolens.runs.prepare import Pixels
from phenolens.runs.start import new_encoder
from phenolens.runs.train import Trained
from phenolens.training.device import device_of


def seen(pixels: Pixels, model: Trained) -> Seen:
    """Return a trained model with the prepared pixels that it was trained on.

    Args:
        pixels: Of the run; prepared, or found, now.
        model: In the folder of the run.
    """
    machine, screen = pixels.job.machine, pixels.design(model.name)
    loaded = load(model.folder, pixels.designs[model.name])
    device = device_of(machine.accelerator)
    return Seen(
        encoder=loaded.encoder.to(device).eval(),
        new_encoder=partial(new_encoder, pixels, screen),
        settings=pixels.learning.embedding,
        screen=screen,
        limits=pixels.limits,
        batch_size=machine.embed_batch_size,
        parts={name: part.to(device) for name, part in loaded.parts.items()},
    )
