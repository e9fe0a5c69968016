"""The stages `prepare` and `limits`: pixels as the recipe's steps make them, and their limits."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from phenolens.chains.settings import hashed
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.foreign import foreign_code
from phenolens.core.names import file_names
from phenolens.core.screen import Screen
from phenolens.pixels.base import apply_chain
from phenolens.runs.cache_mark import is_marked
from phenolens.runs.job import Job
from phenolens.runs.learning import Learning
from phenolens.runs.pictures import is_flagged, keep_flagged, write_examples
from phenolens.runs.processes import process
from phenolens.runs.progress import Bar
from phenolens.runs.stages import Stage
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import Reuse, open_store, prepare

_LIMITS, _IMAGES, _META = "limits.parquet", "examples.npz", "examples.parquet"
_RENAME = "rename the channel in the layout's settings, or learn with design = 'joint'"


class Pixels:
    """The prepared pixels of a run, made or found in the cache when a stage first needs them.

    The last pixel step, which sets how counts become [0, 1], is not part of the prepared pixels:
    recipes that differ in it share them.

    Args:
        job: The run.
        learning: The pixel half of its recipe.
        screen: As its layout reads it.
        inputs: Hashes of the data and the given weights.

    Attributes:
        planned: The screen that the pixel steps describe; nothing is prepared.
        designs: Model -> its channels: all of them, or one per model.

    Raises:
        InputError: A pixel step does not fit the screen, or the tiles do not fit its images.
    """

    def __init__(
        self, job: Job, learning: Learning, screen: Screen, inputs: Mapping[str, Any]
    ) -> None:
        self.job, self.learning, self.inputs = job, learning, inputs
        self._raw = screen
        self.planned = apply_chain(learning.pixels, screen)
        if learning.encoder is not None:
            learning.embedding.tiles.check(self.planned.size)
        channels = self.planned.channels
        per_channel = learning.design == "per_channel"
        if per_channel:  # each is the name of a model, and so of files
            file_names(channels, "design = per_channel", _RENAME)
        self.designs = {c: (c,) for c in channels} if per_channel else {"joint": channels}
        settings = learning.settings
        about = f"{count_of(len(self.planned), 'image')} of {settings['screen']['layout']}"
        self.prepared = Stage(
            "prepare",
            {
                "data": inputs["data"],
                "screen": settings["screen"],
                "pixels": settings["pixels"][:-1],
                "code": foreign_code(learning.screen, *learning.pixels[:-1]),
            },
            about,
        )
        self.limited = Stage(
            "limits",
            {
                "prepare": self.prepared.key,
                "rescale": settings["pixels"][-1],
                "code": foreign_code(learning.pixels[-1]),
            },
            about,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What was read: images, plates, channels, what each pixel step did."""
        return {
            "images": len(self.planned),
            "plates": int(self.planned.meta["plate"].nunique()),
            "channels": list(self.planned.channels),
            **self.inputs["data"],
            "pixels": list(self.planned.history),
        }

    @cached_property
    def screen(self) -> Screen:
        """The prepared pixels, with the rule by which counts become [0, 1]."""
        rescale = self.learning.pixels[-1]
        return rescale(open_store(self._entry(self.prepared, self._prepare)))

    @cached_property
    def limits(self) -> Limits:
        """The intensity limits of every plate and channel."""
        return Limits.load(self._entry(self.limited, self._limit) / _LIMITS)

    def design(self, model: str) -> Screen:
        """Return the prepared pixels that a model sees."""
        return self.screen.select(self.designs[model])

    def keep_examples(self) -> None:
        """Bring a few images of every treatment, and flagged ones, into the run folder."""
        folder = self.job.folder
        places = {_IMAGES: folder.examples, _META: folder.example_meta}
        self.job.obtain(self.limited, places, self._limit)
        if is_flagged(self.planned):
            keep_flagged(self.job, self.limited, lambda: (self.screen, self.limits))

    def _entry(self, stage: Stage, build: Callable[[Path], None]) -> Path:
        """Return a stage's folder; where processes share a run, the first makes it."""
        return self.job.cache.wait(stage) if process() else self.job.cache.make(stage, build)

    def _prepare(self, work: Path) -> None:
        screen = apply_chain(self.learning.pixels[:-1], self._raw)
        machine, earlier = self.job.machine, sorted(work.parent.glob("*"))

        def filled() -> None:
            with Bar("prepare") as bar:
                reuse = Reuse(self._made_by(), earlier)
                prepare(screen, work, machine.threads, bar, reuse, machine.dask, count=True)

        try:
            filled()
        except InputError as error:
            # What a killed run left without its note, in the place of this stage in our own cache.
            if str(error.where) != str(work) or not is_marked(work.parent.parent):
                raise
            self.job.say(f"{work}: {error.what}; it will be made again")
            shutil.rmtree(work)
            work.mkdir()
            filled()

    def _made_by(self) -> str:
        """Return a hash of all that shapes an image but for its files; empty where unknown.

        Pixel steps of somebody else may let an image depend on others.
        """
        shapes = dict(self.prepared.identity["shapes"])
        if shapes.pop("code"):
            return ""
        del shapes["data"]
        shapes["screen"] = {k: v for k, v in shapes["screen"].items() if k != "unreadable"}
        return hashed({**self.prepared.identity, "shapes": shapes})

    def _limit(self, work: Path) -> None:
        limits = Limits.of_store(self.screen, self._entry(self.prepared, self._prepare))
        limits.save(work / _LIMITS)
        write_examples(self.screen, limits, work / _IMAGES, work / _META)
