"""The views of any training step: pairs drawn, pixels read, rescaled, cut and augmented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Screen
from phenolens.core.views import ViewFacts, Views
from phenolens.store.limits import Limits
from phenolens.views.augment import Intensity
from phenolens.views.codes import Codes
from phenolens.views.crops import Crops
from phenolens.views.pairing import Pairing
from phenolens.views.sampler import Sampler


@dataclass(frozen=True, kw_only=True)
class ViewSettings:
    """Which images are trained on, how they are paired, and how views are cut and augmented.

    Attributes:
        where: Query on the metadata: the images trained on. Empty: all.
        pairs: Which two images are a positive pair, and which views show the partner.
        crops: How views are cut.
        intensity: Per-channel changes of intensity.
    """

    where: str = ""
    pairs: Pairing = field(default_factory=Pairing)
    crops: Crops = field(default_factory=Crops)
    intensity: Intensity = field(default_factory=Intensity)

    def __post_init__(self) -> None:
        self.pairs.check(self.crops.kinds)


class ViewStream:
    """The views of every step, from the seed and the step alone; nothing to save for a resume.

    Args:
        screen: The images.
        limits: Intensity limits by plate and channel.
        settings: Which images, which pairs, which views.
        batch_size: Anchors per step.
        seed: Seed of all draws.
        columns: Columns of the screen's table that the method requests.

    Attributes:
        facts: What a method is given before training: channels, view sizes, values of the columns.
        sampler: Which images are drawn, with its counts.
        steps_per_epoch: Whole batches per epoch.

    Raises:
        InputError: The table lacks a requested column, or the images do not fill one batch.
    """

    def __init__(
        self,
        screen: Screen,
        limits: Limits,
        settings: ViewSettings,
        batch_size: int,
        seed: int,
        columns: Sequence[str] = (),
    ) -> None:
        self.screen = screen.where(settings.where) if settings.where else screen
        self.settings, self.seed = settings, seed
        self.sampler = Sampler(self.screen.meta, settings.pairs, batch_size, seed)
        self.steps_per_epoch = self.sampler.steps_per_epoch
        meta = self.screen.meta
        self._limits = limits.on(self.screen)
        self._codes = Codes.of(meta, columns, self.sampler.shown)
        self.facts = ViewFacts(
            channels=screen.channels,
            sizes=settings.crops.sizes,
            values=self._codes.values,
            missing=self._codes.missing,
            counts=self._codes.counts,
            standardized=self.screen.rescale is not None and self.screen.rescale.standardize,
        )
        self._buffers: dict[torch.device, Tensor] = {}

    def iterate(
        self, start: int, stop: int, device: torch.device, process: int = 0, processes: int = 1
    ) -> Iterator[Views]:
        """Yield the views of steps start..stop-1; the next step's pixels are read meanwhile.

        Args:
            start: First step, counted from the beginning of training.
            stop: Step to end before.
            device: Where the views are made and stay.
            process: Which of the processes that train together this is.
            processes: How many processes train together; each sees its share of every batch, as
                one process alone would see it.

        Raises:
            InputError: The processes cannot share a batch evenly.
        """
        if self.sampler.batch_size % processes:
            raise InputError(
                f"{processes} processes cannot share a batch of {self.sampler.batch_size} evenly",
                where="training.batch_size",
                fix=f"use a multiple of {processes}",
            )
        with ThreadPoolExecutor(1) as pool:

            def fetch(step: int) -> Future[tuple[np.ndarray, Images]]:
                return pool.submit(self._fetch, step, process, processes)

            ahead = fetch(start) if start < stop else None
            for step in range(start, stop):
                assert ahead is not None  # noqa: S101 -- for the type checker
                rows, raw = ahead.result()
                ahead = fetch(step + 1) if step + 1 < stop else None
                yield self._views(step, rows, raw, device, (process, processes))

    def at(self, step: int, device: torch.device | None = None) -> Views:
        """Return the views of one step."""
        return next(self.iterate(step, step + 1, device or torch.device("cpu")))

    def _fetch(self, step: int, process: int, processes: int) -> tuple[np.ndarray, Images]:
        epoch, index = divmod(step, self.steps_per_epoch)
        rows = self.sampler.rows(epoch, index)[process::processes]
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
        n, pairs = len(rows), torch.from_numpy(rows)
        pixels = torch.from_numpy(raw).to(device, non_blocking=True)
        read = pairs.T.reshape(-1)[: len(raw)]
        pixels = self._limits.rescale(pixels, read, out=self._buffer(pixels))
        crops, sources = self.settings.crops, self.settings.pairs.sources(self.settings.crops.kinds)
        shown = (pixels[:n], pixels[-n:])  # without pairs the anchors are their own partners
        images: list[Tensor] = [torch.empty(0)] * len(crops.kinds)
        for kind in ("global", "local"):
            for source in (0, 1):
                places = [
                    i
                    for i, at in enumerate(zip(crops.kinds, sources, strict=True))
                    if at == (kind, source)
                ]
                if not places:
                    continue
                cut = crops.cut(shown[source], kind, len(places), generator, share)
                for place, view in zip(places, cut, strict=True):
                    changed = self.settings.intensity(view, generator, share)
                    images[place] = self._limits.standardize(changed, pairs[:, source])
        return Views(
            images=tuple(images),
            kinds=crops.kinds,
            sources=sources,
            rows=pairs,
            codes={name: codes[pairs].to(device) for name, codes in self._codes.of_row.items()},
        )

    def _buffer(self, pixels: Tensor) -> Tensor:
        """Return float memory of the pixels' shape, the same each time."""
        buffer = self._buffers.get(pixels.device)
        if buffer is None or buffer.shape != pixels.shape:
            buffer = torch.empty(pixels.shape, dtype=torch.float32, device=pixels.device)
            self._buffers[pixels.device] = buffer
        return buffer


def _seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, 3, step, 0]).generate_state(1, np.uint64)[0] >> 1)
