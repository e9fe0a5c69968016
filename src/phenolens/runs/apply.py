"""A finished model on another screen: what `phenolens embed` does."""

from __future__ import annotations

import hashlib
from pathlib import Path

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings, embed
from phenolens.models.card import CARD, WEIGHTS, read_card
from phenolens.models.folder import load
from phenolens.runs.progress import Bar
from phenolens.store.limits import Rescale, fit_limits
from phenolens.store.pixel_store import prepare
from phenolens.training.device import device_of


def embed_screen(model: Path, screen: Screen, work: Path) -> Profiles:
    """Return the embeddings that a saved model gives of a screen, one row a tile; resumable.

    Pixels are prepared as the model was trained: resized, rescaled and cut by its card.

    Args:
        model: Folder with `config.json` and `model.safetensors`.
        screen: What to embed; it must have the model's channels, and is put into their order.
        work: Folder for the prepared pixels and the finished shards.

    Raises:
        InputError: The screen lacks a channel of the model's, or its images are too small.
    """
    card = read_card(model)
    lacking = [c for c in card.channels if c not in screen.channels]
    if lacking:
        raise InputError(
            f"the model needs channels {list(card.channels)}, the screen has "
            f"{list(screen.channels)}",
            where=model,
            fix="name the screen's channels as the model's, where they are the same stains",
        )
    encoder = load(model, card.channels).encoder
    steps = {
        table["step"]: {k: v for k, v in table.items() if k != "step"} for table in card.pixels
    }
    resize = float(steps["resize"]["factor"])
    settings = construct(EmbeddingSettings, {"tiles": card.tiles}, f"{model}: embedding")
    rescale = construct(Rescale, steps["rescale"], f"{model}: pixels")
    with Bar("prepare") as bar:
        screen = prepare(screen.select(card.channels), work / "store", resize, progress=bar)
    device = device_of("auto")
    with Bar("embed") as bar:
        limits = fit_limits(screen, rescale)
        # Shards of another model must not be taken for this one's.
        parts = work / f"parts-{_identity(model)}"
        return embed(encoder.to(device), screen, limits, settings, parts, bar)


def _identity(model: Path) -> str:
    """Return a hash of a model's card and weights."""
    found = hashlib.sha256((model / CARD).read_bytes())
    found.update((model / WEIGHTS).read_bytes())
    return found.hexdigest()[:16]
