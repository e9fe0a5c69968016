"""The stage `profile`: a recipe's steps applied to the embeddings of all models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from phenolens.chains.chain import stages
from phenolens.chains.settings import hashed
from phenolens.core.counts import count_of
from phenolens.core.foreign import foreign_code
from phenolens.core.profiles import Profiles
from phenolens.runs.job import Job
from phenolens.runs.learned import Embeddings
from phenolens.runs.stages import Stage


class Profiled:
    """What the recipe's steps make of embeddings, after as many steps as a metric asks for.

    Made, or found in the cache, when it is first loaded. Several models are put side by side.

    Args:
        job: The run.
        embeddings: By model.
    """

    def __init__(self, job: Job, embeddings: Mapping[str, Embeddings]) -> None:
        recipe = job.recipe
        self._job, self._embeddings = job, embeddings
        self._wanted = sorted({len(recipe.profiling), *recipe.stages.values()})
        self._loaded: dict[int, Profiles] = {}
        self.stage = Stage(
            "profile",
            {**self._shapes(len(recipe.profiling)), "after": self._wanted},
            f"{recipe.name}: {count_of(len(recipe.profiling), 'step')}",
        )

    def key(self, after: int) -> str:
        """Return a hash of what shapes the profiles after so many steps."""
        return hashed(self._shapes(after))

    def load(self, after: int) -> Profiles:
        """Return the profiles after so many steps, as their file holds them."""
        if after not in self._loaded:
            entry = self._job.cache.make(self.stage, self.build)
            self._loaded[after] = Profiles.load(entry / _file(after))
        return self._loaded[after]

    def keep(self) -> None:
        """Bring the profiles that the last step returns into the run folder."""
        places = {_file(len(self._job.recipe.profiling)): self._job.folder.profiles}
        self._job.obtain(self.stage, places, self.build)

    def notes(self) -> tuple[str, ...]:
        """Return which rows a step left out for their features, as it wrote it down."""
        chain = self.load(len(self._job.recipe.profiling)).provenance
        return tuple(dict.fromkeys(_left_out(chain)))

    def build(self, work: Path) -> None:
        """Make the profiles and write them into a folder, one table per number of steps."""
        steps = self._job.recipe.profiling
        models = {
            name: stages(given.load(), steps, self._wanted)
            for name, given in self._embeddings.items()
        }
        for after in self._wanted:
            parts = {name: made[after] for name, made in models.items()}
            whole = Profiles.concatenate(parts) if len(parts) > 1 else next(iter(parts.values()))
            whole.save(work / _file(after))

    def _shapes(self, after: int) -> dict[str, object]:
        recipe = self._job.recipe
        return {
            "embeddings": {name: given.key for name, given in self._embeddings.items()},
            "profiling": recipe.settings["profiling"][:after],
            "code": foreign_code(*recipe.profiling[:after]),
        }


def _left_out(chain: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the steps of a provenance left out; that of several models has parts."""
    for entry in chain:
        for part in entry.get("parts", {}).values() if entry["step"] == "concatenate" else ():
            yield from _left_out(part)
        if words := entry.get("facts", {}).get("left_out"):
            yield f"{entry['step']}: {words}."


def _file(after: int) -> str:
    return f"after_{after}.parquet"
