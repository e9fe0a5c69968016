"""Embeddings of a screen: one row a tile, resumable."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float32
from torch import nn

from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.tiles import Tiles
from phenolens.store.limits import limits_of, rescale_images, standardize_images

SHARD = 1024  # images a unit of work: what a kill can cost


@dataclass(frozen=True, kw_only=True)
class EmbeddingSettings:
    """How a screen is embedded.

    Attributes:
        tiles: Where in an image to look.
        batch_size: Images at a time.
    """

    tiles: Tiles = field(default_factory=Tiles)
    batch_size: int = 32


def embed(
    encoder: nn.Module,
    screen: Screen,
    limits: pd.DataFrame,
    settings: EmbeddingSettings,
    parts: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Profiles:
    """Return the embedding of every tile of every image; metadata as the screen's, and `tile`.

    Args:
        encoder: (n, c, s, s) in [0, 1] -> (n, d); it computes on the device it lies on.
        screen: What to embed.
        limits: Intensity limits by plate and channel, as in training.
        settings: Where to look, and how many images at a time.
        parts: Folder to keep finished shards in, so that a killed run resumes; removed at the end.
        progress: Called with (images done, images in all).

    Raises:
        InputError: The tiles do not fit, or a plate has no limits.
    """
    tiles = settings.tiles
    tiles.check(screen.size)
    device = next(encoder.parameters()).device
    plates = screen.meta["plate"].astype(str)
    bounds = limits_of(limits, plates, screen.channels)
    moments = limits_of(limits, plates, screen.channels, ("mean", "sd"))
    encoder.eval()

    def shard(begin: int) -> Float32[np.ndarray, "m d"]:
        stop = min(begin + SHARD, len(screen))
        made = []
        for first in range(begin, stop, settings.batch_size):
            rows = np.arange(first, min(first + settings.batch_size, stop))
            raw = torch.from_numpy(screen.read(rows)).to(device)
            pixels = rescale_images(raw, torch.from_numpy(bounds[rows]).to(device))
            pixels = standardize_images(pixels, torch.from_numpy(moments[rows]).to(device))
            with torch.inference_mode():
                made.append(encoder(tiles.cut(pixels).flatten(0, 1)).float().cpu().numpy())
            if progress:
                progress(int(rows[-1]) + 1, len(screen))
        return np.concatenate(made)

    features = [_kept(parts, begin, shard) for begin in range(0, len(screen), SHARD)]
    meta = screen.meta.loc[screen.meta.index.repeat(len(tiles))].reset_index(drop=True)
    meta["tile"] = np.tile(np.arange(len(tiles)), len(screen))
    profiles = Profiles(
        meta=meta,
        features=np.concatenate(features),
        provenance=({"step": "embed", "encoder": type(encoder).__name__, "tiles": len(tiles)},),
    )
    if parts is not None:
        shutil.rmtree(parts, ignore_errors=True)
    return profiles


def _kept(
    parts: Path | None, begin: int, make: Callable[[int], Float32[np.ndarray, "m d"]]
) -> Float32[np.ndarray, "m d"]:
    """Return a shard from disk where it was finished before, else make and keep it."""
    if parts is None:
        return make(begin)
    path = parts / f"{begin:09d}.npy"
    if path.exists():
        return np.load(path)
    made = make(begin)
    parts.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        np.save(file, made)
    beside.replace(path)
    return made
