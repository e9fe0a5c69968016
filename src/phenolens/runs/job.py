"""Job: what every stage of a run needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phenolens.core.machine import Machine
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import Cache
from phenolens.runs.folder import begin, holds, obtain, slot_of
from phenolens.runs.recipe import Recipe
from phenolens.runs.record import read_record
from phenolens.runs.results import has_ended, is_done
from phenolens.runs.stages import Stage

_OF_BASELINES = ("baseline ", "score baseline_scores/")  # slots that are not the result's


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What every stage of a run needs.

    Attributes:
        recipe: What is asked for.
        folder: Where the run is written.
        cache: Where stages are found and made.
        machine: Settings that change no result.
        say: Called with one short sentence per stage.
        inputs: What the run is given: hashes of the data, of the weights and of foreign code.
        slots: The stages that were brought into the folder so far.
    """

    recipe: Recipe
    folder: RunFolder
    cache: Cache
    machine: Machine
    say: Say
    inputs: Mapping[str, Any]
    slots: set[str] = field(default_factory=set)

    def is_done(self) -> bool:
        """Return whether the folder holds the results already; see `results.is_done`."""
        return is_done(self.folder, self.recipe, self.inputs, self.say)

    def has_ended(self) -> bool:
        """Return whether the folder holds the results, be it without some of the scores."""
        return has_ended(self.folder, self.recipe, self.inputs, self.say)

    def begin(self) -> None:
        """Make the folder this run's; see `folder.begin`."""
        begin(self.folder, self.recipe, self.inputs)

    def holds(self, stage: Stage, places: Mapping[str, Path]) -> bool:
        """Return whether the run folder holds a stage; see `folder.holds`."""
        return holds(self.folder, stage, places)

    def obtain(
        self, stage: Stage, places: Mapping[str, Path], build: Callable[[Path], object]
    ) -> dict[str, Any]:
        """Bring a stage's files into the run folder; see `folder.obtain`."""
        found = obtain(self.folder, self.cache, stage, places, build, self.say)
        self.slots.add(slot_of(self.folder, stage, places))
        return found

    def stage_cost(self) -> dict[str, Any]:
        """Return what the stages of the run took together, and which were there already.

        The time of a run says little where it found its stages: the run that made them has it.
        Stages of baselines do not count. Every stage must be in the folder.

        Returns:
            `stages_seconds`: the time that each stage took the process that made it, added.
            `found`: names of the stages that this process did not make, in the order of a run.
        """
        record = read_record(self.folder).stages
        slots = [s for s in record if s in self.slots and not s.startswith(_OF_BASELINES)]
        found = [slot.split()[0] for slot in slots if record[slot]["key"] not in self.cache.made]
        seconds = sum(float(record[slot]["seconds"]) for slot in slots)
        return {"stages_seconds": round(seconds, 1), "found": list(dict.fromkeys(found))}
