"""The frozen extractor: tiles as a lens takes them, and embeddings through which gradients pass."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor, nn

from phenolens.calls.scales import Scales
from phenolens.core.errors import InputError
from phenolens.embedding.seen import Seen
from phenolens.lenses.task import Task
from phenolens.store.limits import RowLimits


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """The encoder of a run, which is not trained any more, and the tiles of a task.

    Attributes:
        seen: The model with its images.
        task: Which tiles, by their places in it.
        scales: By plate; of the controls' embeddings.
        network: A copy of what embeds, without gradients of its own.
        limits: How counts become what the encoder takes.
    """

    seen: Seen
    task: Task
    scales: Scales
    network: nn.Module
    limits: RowLimits

    @classmethod
    def of(cls, seen: Seen, task: Task, scales: Scales) -> Frozen:
        """Return the frozen encoder of a model.

        Raises:
            InputError: No gradient passes through the encoder.
        """
        network = (
            copy.deepcopy(seen.settings.network(seen.encoder))
            .eval()
            .requires_grad_(requires_grad=False)
        )
        made = cls(seen, task, scales, network, seen.limits.on(seen.screen))
        first = np.array([0])
        if not made.embed(made.pixels(first).requires_grad_(), first).requires_grad:
            raise InputError(
                f"no gradient passes through the encoder {type(seen.encoder).__name__}, so no lens "
                "can learn in front of it",
                fix="explain another model",
            )
        return made

    def pixels(self, rows: Int64[np.ndarray, " k"]) -> Float32[Tensor, "k c s s"]:
        """Return these tiles of the task in [0, 1], on the encoder's device."""
        images = self.task.image[rows]
        raw = torch.from_numpy(self.seen.screen.read(images)).to(self.seen.device)
        tiles = self.seen.settings.tiles.cut(self.limits.rescale(raw, images))
        return tiles[torch.arange(len(rows)), torch.from_numpy(self.task.tile[rows])]

    def embed(
        self, pixels: Float32[Tensor, "k c s s"], rows: Int64[np.ndarray, " k"]
    ) -> Float32[Tensor, "k d"]:
        """Return embeddings in units of the controls of each tile's plate.

        Args:
            pixels: In [0, 1]: the tiles, or what a lens made of them.
            rows: Their places in the task.
        """
        made = self.network(self.limits.standardize(pixels, self.task.image[rows])).float()
        place = self.task.place[rows]
        mean, spread = (
            torch.from_numpy(values[place].astype(np.float32)).to(made.device)
            for values in (self.scales.mean, self.scales.spread)
        )
        return (made - mean) / spread

    def embed_all(self, lens: nn.Module) -> Float64[np.ndarray, "n d"]:
        """Return the embeddings of all tiles of the task, seen through a lens.

        Raises:
            InputError: One is not finite.
        """
        made = []
        for rows in self.batches(np.arange(len(self.task))):
            with torch.inference_mode():
                made.append(self.embed(lens(self.pixels(rows)), rows).double().cpu().numpy())
        found = np.concatenate(made)
        if not np.isfinite(found).all():
            raise InputError(
                "the lens gives values that are not finite", where="lens.lr", fix="set a lower lr"
            )
        return found

    def batches(self, rows: Int64[np.ndarray, " m"]) -> list[Int64[np.ndarray, " k"]]:
        """Return these places in parts, as many as one forward pass takes."""
        step = self.seen.batch_size
        return [rows[begin : begin + step] for begin in range(0, len(rows), step)]


def scaled(scales: Scales, features: Float[np.ndarray, "n d"], task: Task) -> np.ndarray:
    """Return the embeddings that the run made of the task's tiles, in units of the controls."""
    return scales.apply(features[task.row], task.place)
