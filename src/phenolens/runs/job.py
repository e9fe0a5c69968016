"""Job: what every stage of a run needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.core.machine import Machine
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import Cache
from phenolens.runs.folder import obtain
from phenolens.runs.recipe import Recipe
from phenolens.runs.stages import Stage


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What every stage of a run needs.

    Attributes:
        recipe: What is asked for.
        folder: Where the run is written.
        cache: Where stages are found and made.
        machine: Settings that change no result.
        say: Called with one short sentence per stage.
    """

    recipe: Recipe
    folder: RunFolder
    cache: Cache
    machine: Machine
    say: Say

    def obtain(
        self, stage: Stage, places: Mapping[str, Path], build: Callable[[Path], None]
    ) -> dict[str, Any]:
        """Bring a stage's files into the run folder; see `folder.obtain`."""
        return obtain(self.folder, self.cache, stage, places, build)
