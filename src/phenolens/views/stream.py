"""The views of any training step: pairs drawn, pixels read, rescaled, cut and changed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Screen
from phenolens.core.views import Views
from phenolens.store.limits import Limits
from phenolens.views.augment import Intensity
from phenolens.views.crops import Crops
from phenolens.views.sampler import Pairing, Sampler


@dataclass(frozen=True, kw_only=True)
class ViewSettings:
    """Which images are trained on, who pairs with whom, and how views are cut and changed.

    Attributes:
        where: Query on the metadata: the images trained on. Empty: all.
        pairs: Who is a positive pair.
        crops: How views are cut.
        intensity: Per-channel changes of intensity.
    """

    where: str = ""
    pairs: Pairing = field(default_factory=Pairing)
    crops: Crops = field(default_factory=Crops)
    intensity: Intensity = field(default_factory=Intensity)


class ViewStream:
    """The views of every step, from the seed and the step alone; nothing to save for a resume.

    Attributes:
        sampler: Who is drawn, with its counts.
        steps_per_epoch: Whole batches in an epoch.
    """

    def __init__(
        self,
        screen: Screen,
        limits: Limits,
        settings: ViewSettings,
        batch_size: int,
        seed: int,
    ) -> None:
        self.screen = screen.where(settings.where) if settings.where else screen
        self.settings, self.seed = settings, seed
        self.sampler = Sampler(self.screen.meta, settings.pairs, batch_size, seed)
        self.steps_per_epoch = self.sampler.steps_per_epoch
        meta = self.screen.meta
        plates = meta["plate"].astype(str)
        self._limits = limits.on(self.screen)
        domain = meta["batch"] if "batch" in meta.columns else plates
        self._batch = torch.from_numpy(pd.factorize(domain, sort=True)[0].astype(np.int64))
        self._buffers: dict[torch.device, Tensor] = {}

    def iterate(
        self, start: int, stop: int, device: torch.device, rank: int = 0, world: int = 1
    ) -> Iterator[Views]:
        """Yield the views of steps start..stop-1; the next step's pixels are read meanwhile.

        Args:
            start: First step, counted from the beginning of training.
            stop: Step to end before.
            device: Where the views are made and stay.
            rank: Which of the processes that train together this is.
            world: How many processes train together; each sees its share of every batch, as one
                process alone would see it.

        Raises:
            InputError: The processes cannot share a batch evenly.
        """
        if self.sampler.batch_size % world:
            raise InputError(
                f"{world} processes cannot share a batch of {self.sampler.batch_size} evenly",
                where="training.batch_size",
                fix=f"use a multiple of {world}",
            )
        with ThreadPoolExecutor(1) as pool:

            def fetch(step: int) -> Future[tuple[np.ndarray, Images]]:
                return pool.submit(self._fetch, step, rank, world)

            ahead = fetch(start) if start < stop else None
            for step in range(start, stop):
                assert ahead is not None
                rows, raw = ahead.result()
                ahead = fetch(step + 1) if step + 1 < stop else None
                yield self._views(step, rows, raw, device, (rank, world))

    def at(self, step: int, device: torch.device | None = None) -> Views:
        """Return the views of one step."""
        return next(self.iterate(step, step + 1, device or torch.device("cpu")))

    def _fetch(self, step: int, rank: int, world: int) -> tuple[np.ndarray, Images]:
        epoch, index = divmod(step, self.steps_per_epoch)
        rows = self.sampler.rows(epoch, index)[rank::world]
        shown = rows.T if self.sampler.paired else rows.T[:1]
        return rows, self.screen.read(shown.ravel())

    def _views(
        self,
        step: int,
        rows: np.ndarray,
        raw: Images,
        device: torch.device,
        share: tuple[int, int],
    ) -> Views:
        """Return the views of one step; `raw`: the anchors' pixels, then any partners'."""
        generator = torch.Generator().manual_seed(_seed(self.seed, step))
        n, where = len(rows), torch.from_numpy(rows)
        pixels = torch.from_numpy(raw).to(device, non_blocking=True)
        read = where.T.reshape(-1)[: len(raw)]
        pixels = self._limits.rescale(pixels, read, out=self._buffer(pixels))
        crops = self.settings.crops
        shown = (pixels[:n], pixels[-n:])  # without pairs the anchors are their own partners
        images: list[Tensor] = [torch.empty(0)] * len(crops.kinds)
        for kind in ("global", "local"):
            for source in (0, 1):
                places = [
                    i
                    for i, at in enumerate(zip(crops.kinds, crops.sources, strict=True))
                    if at == (kind, source)
                ]
                if not places:
                    continue
                cut = crops.cut(shown[source], kind, len(places), generator, share)
                for place, view in zip(places, cut, strict=True):
                    changed = self.settings.intensity(view, generator, share)
                    images[place] = self._limits.standardize(changed, where[:, source])
        return Views(
            images=tuple(images),
            kinds=crops.kinds,
            sources=crops.sources,
            rows=where,
            batch=self._batch[where].to(device),
        )

    def _buffer(self, pixels: Tensor) -> Tensor:
        """Return float memory of the pixels' shape, the same each time."""
        known = self._buffers.get(pixels.device)
        if known is None or known.shape != pixels.shape:
            known = torch.empty(pixels.shape, dtype=torch.float32, device=pixels.device)
            self._buffers[pixels.device] = known
        return known


def _seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, 3, step, 0]).generate_state(1, np.uint64)[0] >> 1)
