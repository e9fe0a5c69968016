"""The views of any training step: pairs drawn, pixels read, rescaled, cut and augmented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.screen import Images, Screen
from phenolens.core.views import ViewFacts, Views
from phenolens.store.limits import Limits
from phenolens.views.augment import Intensity
from phenolens.views.blur import Blur
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
        blur: Gaussian blur, after these.
        in_turn: Views of one optimizer step. 0: all of them, their losses taken together. 1: a step
            for each view, one after another (the multi-crop of Dmitrenko et al. 2022; 2 for their
            BYOL). Global views come first, in the order of `crops.areas`.
    """

    where: str = ""
    pairs: Pairing = field(default_factory=Pairing)
    crops: Crops = field(default_factory=Crops)
    intensity: Intensity = field(default_factory=Intensity)
    blur: Blur = field(default_factory=Blur)
    in_turn: int = 0

    def __post_init__(self) -> None:
        self.pairs.check(self.crops.kinds)
        views = len(self.crops.kinds)
        between(0, views, in_turn=self.in_turn)
        if views % (self.in_turn or views):
            raise InputError(
                f"{views} views cannot be taken in turn by {self.in_turn}",
                where="in_turn",
                fix=f"use a number that divides {views}",
            )

    @property
    def turns(self) -> int:
        """How many optimizer steps a batch has."""
        return len(self.crops.kinds) // (self.in_turn or len(self.crops.kinds))


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
        steps_per_epoch: Optimizer steps per epoch: whole batches, times the turns of each.

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
        self.steps_per_epoch = self.sampler.steps_per_epoch * settings.turns
        self._limits = limits.on(self.screen)
        self._codes = Codes.of(self.screen.meta, columns, self.sampler.shown)
        self.facts = facts_of(self.screen, settings, self._codes)
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
        batch = step // self.settings.turns
        epoch, index = divmod(batch, self.sampler.steps_per_epoch)
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
        settings, crops = self.settings, self.settings.crops
        sources = settings.pairs.sources(crops.kinds)
        shown = (pixels[:n], pixels[-n:])  # without pairs the anchors are their own partners
        turn = self._turn(step)
        images: dict[int, Tensor] = {}
        for kind in ("global", "local"):
            for source in (0, 1):
                places = [i for i in turn if (crops.kinds[i], sources[i]) == (kind, source)]
                if not places:
                    continue
                areas = [crops.areas[i] for i in places] if crops.areas else ()
                cut = crops.cut(shown[source], kind, len(places), generator, share, areas)
                for place, view in zip(places, cut, strict=True):
                    changed = settings.intensity(view, generator, share, kind)
                    changed = settings.blur(changed, generator, share)
                    images[place] = self._limits.standardize(changed, pairs[:, source])
        return Views(
            images=tuple(images[i] for i in turn),
            kinds=tuple(crops.kinds[i] for i in turn),
            sources=tuple(sources[i] for i in turn),
            rows=pairs,
            codes={name: codes[pairs].to(device) for name, codes in self._codes.of_row.items()},
        )

    def _turn(self, step: int) -> range:
        """Return which views a step has."""
        each = len(self.settings.crops.kinds) // self.settings.turns
        first = step % self.settings.turns * each
        return range(first, first + each)

    def _buffer(self, pixels: Tensor) -> Tensor:
        """Return float memory of the pixels' shape, the same each time."""
        buffer = self._buffers.get(pixels.device)
        if buffer is None or buffer.shape != pixels.shape:
            buffer = torch.empty(pixels.shape, dtype=torch.float32, device=pixels.device)
            self._buffers[pixels.device] = buffer
        return buffer


def facts_of(screen: Screen, settings: ViewSettings, codes: Codes) -> ViewFacts:
    """Return what a method is given before training; no pixel is read.

    Args:
        screen: The images that are trained on.
        settings: How views are made of them.
        codes: The columns that the method requests.
    """
    return ViewFacts(
        channels=screen.channels,
        sizes=settings.crops.sizes,
        values=codes.values,
        missing=codes.missing,
        counts=codes.counts,
        standardized=screen.rescale is not None and screen.rescale.standardize,
        views=len(settings.crops.kinds) // settings.turns,
    )


def _seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, 3, step, 0]).generate_state(1, np.uint64)[0] >> 1)
