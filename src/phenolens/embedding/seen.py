"""Seen: a model with the images it was trained on, to embed them again with changed pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Integer, UInt8
from torch import Tensor

from phenolens.core.explanation import picture
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.store.limits import Limits

Rows = Integer[np.ndarray, " n"]
# (tiles of these images, their rows in the screen) -> the same tiles, changed.
Change = Callable[[Float[Tensor, "n t c s s"], Rows], Float[Tensor, "n t c s s"]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seen:
    """A model with the images it was trained on, to embed them again with changed pixels.

    Attributes:
        encoder: Trained, in evaluation mode, on its device.
        new_encoder: Returns the same encoder with random weights: what a map must not depend on.
        settings: Which tiles are embedded, and how maps are pooled.
        screen: The prepared pixels, in the order of the model's channels.
        limits: By plate and channel: how counts become what the encoder takes.
        batch_size: Images per forward pass.
        parts: What the model keeps next to the encoder, by name, as its decoder.
    """

    encoder: Any
    new_encoder: Callable[[], Any]
    settings: EmbeddingSettings
    screen: Screen
    limits: Limits
    batch_size: int = 32
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def device(self) -> torch.device:
        """Where the encoder computes."""
        return next(chain(self.encoder.parameters(), self.encoder.buffers())).device

    def tiles(self, rows: Rows) -> Float32[Tensor, "n t c s s"]:
        """Return the tiles of these images as the encoder takes them, on its device."""
        raw = torch.from_numpy(self.screen.read(rows)).to(self.device)
        return self.settings.tiles.cut(self.limits.on(self.screen).apply(raw, rows))

    def light(self, rows: Rows) -> Float32[np.ndarray, "n t c s s"]:
        """Return the tiles of these images to look at: 0 to 1 between the plate's limits."""
        raw = torch.from_numpy(self.screen.read(rows))
        made = self.settings.tiles.cut(self.limits.on(self.screen).rescale(raw, rows))
        return np.asarray(made.numpy(), dtype=np.float32)

    def pictures(self, tiles: Rows, side: int) -> UInt8[np.ndarray, "n c k k"]:
        """Return whole tiles as pictures, all at the same contrast: their plate's limits.

        Args:
            tiles: Rows of the embeddings, the tiles of an image one after the other; at least one.
            side: Pixels of a picture; each is the mean of its area in a larger tile.
        """
        count = len(self.settings.tiles)
        return np.stack(
            [
                picture(self.light(tiles[i : i + 1] // count)[0, tiles[i] % count], side)
                for i in range(len(tiles))
            ]
        )

    def embed(
        self,
        rows: Rows,
        change: Change | None = None,
        progress: Progress = uncounted,
    ) -> Profiles:
        """Return the embeddings of the tiles of these images, one row per tile.

        Args:
            rows: Of the screen, in any order; at least one.
            change: What is done to the tiles first; what no image could have is clipped then.
            progress: Called with (images done, images in all).
        """
        network = self.settings.network(self.encoder).to(self.device).eval()
        made = []
        for begin in range(0, len(rows), self.batch_size):
            part = rows[begin : begin + self.batch_size]
            with torch.inference_mode():
                tiles = self.tiles(part)
                if change is not None:
                    tiles = self.limits.on(self.screen).possible(change(tiles, part), part)
                made.append(network(tiles.flatten(0, 1)).float().cpu().numpy())
            progress(begin + len(part), len(rows))
        count = len(self.settings.tiles)
        meta = self.screen.meta.iloc[np.repeat(rows, count)].reset_index(drop=True)
        meta["tile"] = np.tile(np.arange(count), len(rows))
        return Profiles(meta=meta, features=np.concatenate(made))
