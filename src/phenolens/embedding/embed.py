"""Embeddings of a screen: one row a tile, resumable."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32
from torch import nn

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen, left_out_facts
from phenolens.embedding.pool import Moments, Pool, pooled
from phenolens.embedding.shards import Shards
from phenolens.embedding.tiles import Tiles
from phenolens.store.limits import Limits

SHARD = 1024  # images per unit of work: what a kill can cost


@dataclass(frozen=True, kw_only=True)
class EmbeddingSettings:
    """How a screen is embedded.

    Attributes:
        tiles: Where in an image to look.
        pool: `none`: the encoder's embedding. `moments`: mean and standard deviation of each of its
            feature maps over all places, which forgets where in a tile something is.
    """

    tiles: Tiles = field(default_factory=Tiles)
    pool: Pool = "none"

    def network(self, encoder: nn.Module) -> nn.Module:
        """Return what embeds a tile: the encoder, or its pooled maps.

        Raises:
            InputError: The encoder has no feature maps to pool.
        """
        return pooled(encoder, self.pool)


def embed(  # noqa: PLR0913  # what to embed and how, then three settings that change no result
    encoder: nn.Module,
    screen: Screen,
    limits: Limits,
    tiles: Tiles,
    parts: Path | None = None,
    batch_size: int = 32,
    progress: Progress = uncounted,
) -> Profiles:
    """Return the embedding of every tile of every image; metadata as the screen's, and `tile`.

    The provenance holds the screen's history of pixel steps, and which images were left out.

    Args:
        encoder: (n, c, s, s) in [0, 1] -> (n, d); it computes on the device of its weights.
        screen: What to embed.
        limits: Intensity limits by plate and channel, as in training.
        tiles: Where in an image to look.
        parts: Folder to keep finished shards in, so that a killed run resumes. The caller removes
            it (`Shards(parts).remove()`) once the result is on disk.
        batch_size: Images per forward pass.
        progress: Called with (images done, images in all).

    Raises:
        InputError: The tiles do not fit, a plate has no limits, or an embedding is not finite.
    """
    tiles.check(screen.size)
    device = next(chain(encoder.parameters(), encoder.buffers())).device
    row_limits = limits.on(screen)
    encoder.eval()

    def shard(begin: int) -> Float32[np.ndarray, "m d"]:
        stop = min(begin + SHARD, len(screen))
        features = []
        for first in range(begin, stop, batch_size):
            rows = np.arange(first, min(first + batch_size, stop))
            pixels = row_limits.apply(torch.from_numpy(screen.read(rows)).to(device), rows)
            with torch.inference_mode():
                features.append(encoder(tiles.cut(pixels).flatten(0, 1)).float().cpu().numpy())
            progress(int(rows[-1]) + 1, len(screen))
        return _finite(np.concatenate(features), screen, begin, len(tiles))

    shards = Shards(parts, getattr(encoder, "dim", None)) if parts else None
    features = [
        shards.obtain(begin, len(tiles) * min(SHARD, len(screen) - begin), shard)
        if shards
        else shard(begin)
        for begin in range(0, len(screen), SHARD)
    ]
    meta = screen.meta.loc[screen.meta.index.repeat(len(tiles))].reset_index(drop=True)
    meta["tile"] = np.tile(np.arange(len(tiles)), len(screen))
    entry: dict[str, Any] = {
        "step": "embed",
        **_named(encoder),
        "tiles": len(tiles),
        "pixels": list(screen.history),
    }
    if screen.left_out:
        entry["left_out"] = left_out_facts(screen.left_out)
    return Profiles(meta=meta, features=np.concatenate(features), provenance=(entry,))


def _named(network: nn.Module) -> dict[str, str]:
    if isinstance(network, Moments):
        return {"encoder": type(network.encoder).__name__, "pool": "moments"}
    return {"encoder": type(network).__name__}


def _finite(
    features: Float32[np.ndarray, "m d"], screen: Screen, begin: int, tiles: int
) -> Float32[np.ndarray, "m d"]:
    """Return embeddings; raise InputError where one is not finite, naming the first such image."""
    wrong = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if not len(wrong):
        return features
    row = screen.meta.iloc[begin + int(wrong[0]) // tiles]
    raise InputError(
        "the encoder gives values that are not finite",
        where=f"plate {row['plate']}, well {row['well']}",
        fix="train with a lower learning rate, or get the model again",
    )
