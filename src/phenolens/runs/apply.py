"""A finished model on another screen: what `phenolens embed` does."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings, embed
from phenolens.models.folder import load
from phenolens.pixels.base import replay
from phenolens.runs.progress import Bar
from phenolens.runs.stages import content_hash
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import prepare
from phenolens.training.device import device_of


def embed_screen(
    model: Path, screen: Screen, work: Path, machine: Machine | None = None
) -> Profiles:
    """Return the embeddings that a saved model gives of a screen, one row per tile; resumable.

    The pixel steps of the model's card are applied again, and tiles are cut as the card says.

    Args:
        model: Folder with `config.json` and `model.safetensors`.
        screen: What to embed; it must have the model's channels, and is put into their order.
        work: Folder for the prepared pixels and the finished shards.
        machine: Device, threads and batch size; they change no result.

    Raises:
        InputError: The screen lacks a channel of the model's, or its images are too small.
    """
    machine = machine or Machine()
    device = device_of(machine.accelerator)  # absent: said before the pixels are prepared
    loaded = load(model)
    card = loaded.card
    if missing := [name for name in card.channels if name not in screen.channels]:
        raise InputError(
            f"the model needs channels {list(card.channels)}, the screen has "
            f"{list(screen.channels)}; missing: {missing}",
            where=model,
            fix="give the screen's channels the model's names, where they are the same stains",
        )
    settings = construct(EmbeddingSettings, {"tiles": card.tiles}, str(model))
    screen = replay(card.pixels, screen, f"{model}: pixels").select(card.channels)
    settings.tiles.check(screen.size)
    with Bar("prepare") as bar:
        screen = prepare(screen, work / "store", machine.threads, bar)
    limits = Limits.of(screen)
    parts = work / f"parts-{content_hash(model)[:16]}"  # shards of another model are not this one's
    with Bar("embed") as bar:
        return embed(
            loaded.encoder.to(device),
            screen,
            limits,
            settings.tiles,
            parts,
            machine.embed_batch_size,
            bar,
        )
