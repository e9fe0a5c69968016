"""A finished model on another screen: what `phenolens embed` does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings, embed
from phenolens.encoders import weights
from phenolens.pixels.base import replay
from phenolens.runs.progress import Bar
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import prepare


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
    card = weights.read_card(model)
    lacking = [c for c in card.channels if c not in screen.channels]
    if lacking:
        raise InputError(
            f"the model needs channels {list(card.channels)}, the screen has "
            f"{list(screen.channels)}",
            where=model,
            fix="name the screen's channels as the model's, where they are the same stains",
        )
    encoder, _ = weights.load(model, card.channels)
    crop = dict(card.crop)
    chain = crop.pop("pixels", [])
    settings = construct(EmbeddingSettings, crop, f"{model}: crop")
    screen = replay(chain, screen, f"{model}: pixels").select(card.channels)
    with Bar("prepare") as bar:
        screen = prepare(screen, work / "store", progress=bar)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with Bar("embed") as bar:
        limits = Limits.of(screen)
        # Shards of another model must not be taken for this one's.
        parts = work / f"parts-{_identity(model)}"
        return embed(encoder.to(device), screen, limits, settings.tiles, parts, progress=bar)


def _identity(model: Path) -> str:
    """Return a hash of a model's card and weights."""
    found = hashlib.sha256((model / weights.CARD).read_bytes())
    found.update((model / weights.WEIGHTS).read_bytes())
    return found.hexdigest()[:16]
