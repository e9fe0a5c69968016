"""Plan: what a comparison will do, which of it is shared between cells, and what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from phenolens.comparison.cell import Cell
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.grid import Grid
from phenolens.comparison.sources import Sources
from phenolens.core.errors import InputError, listed
from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.runs.cache import Cache, damage_of
from phenolens.runs.job import Job
from phenolens.runs.planned import planned_stages
from phenolens.runs.source import Opened, inputs_of
from phenolens.runs.stages import FORMATS, Stage

DONE, BEGUN, NEW = "done", "begun", "new"


@dataclass(frozen=True, slots=True, eq=False)
class PlannedCell:
    """One cell, and what it needs.

    Attributes:
        cell: The cell.
        state: `done`, `begun` (there is a folder of its run), or `new`.
        stages: Every stage of its run but those that follow a baseline's embeddings.
        job: Its run.
        opened: Where it begins.
    """

    cell: Cell
    state: str
    stages: tuple[Stage, ...]
    job: Job
    opened: Opened

    def keys(self, name: str) -> set[str]:
        """Return the keys of its stages of this name."""
        return {stage.key for stage in self.stages if stage.name == name}


@dataclass(frozen=True, slots=True)
class Count:
    """How many stages of one name a comparison has.

    Attributes:
        needed: By the cells together.
        distinct: What is left of these when each is made once.
        there: Of the distinct ones: made already.
    """

    needed: int
    distinct: int
    there: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a comparison will do.

    Attributes:
        cells: In the order in which they run.
        cache: Where their stages are made.
        left_out: Why each optional cell is left out, by its name.
    """

    cells: tuple[PlannedCell, ...]
    cache: Cache
    left_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        grid: Grid,
        root: Path,
        folder: ComparisonFolder,
        cache: Path,
        machine: Machine | None = None,
    ) -> Plan:
        """Return the plan of a grid. Data are read and recipes tried on them; nothing is written.

        Args:
            grid: The cells.
            root: Folder of the data.
            folder: Of the comparison.
            cache: Folder of the stages.
            machine: Settings of the computer.

        Raises:
            InputError: Recipes do not fit the data, or a folder holds another run: names every
                cell with its reason.
        """
        sources, stages = Sources(root), Cache(cache)
        planned: list[PlannedCell] = []
        wrong: dict[str, list[str]] = {}
        left_out = dict(grid.left_out)
        for cell in grid.cells:
            try:
                opened = sources.open(cell.recipe)
                inputs = inputs_of(opened, cell.recipe.makers)
                run = folder.run(cell.folder)
                job = Job(cell.recipe, run, stages, machine or Machine(), silent, inputs)
                state = DONE if job.is_done() else BEGUN if run.stages.exists() else NEW
                if state != DONE:
                    opened.refuse(job)
                needed = planned_stages(job, opened)
                planned.append(PlannedCell(cell, state, needed, job, opened))
            except InputError as error:
                if cell.optional:
                    left_out[cell.name] = str(error)
                else:
                    wrong.setdefault(str(error), []).append(cell.folder)
        if wrong:
            reasons = "; ".join(f"{listed(names)}: {why}" for why, names in wrong.items())
            raise InputError(f"nothing was begun: {reasons}", where=grid.name)
        return cls(tuple(planned), stages, left_out)

    def only(self, wanted: Collection[str]) -> Plan:
        """Return the plan of the runs of these names."""
        kept = tuple(p for p in self.cells if p.cell.folder in wanted)
        return replace(self, cells=kept)

    @property
    def waiting(self) -> tuple[PlannedCell, ...]:
        """The cells that are not done."""
        return tuple(planned for planned in self.cells if planned.state != DONE)

    def counts(self) -> dict[str, Count]:
        """Return how many stages there are of each name, in the order of a run."""
        found = {}
        for name in FORMATS:
            needed = [s for planned in self.cells for s in planned.stages if s.name == name]
            distinct = {stage.key: stage for stage in needed}
            done = {
                key for planned in self.cells if planned.state == DONE for key in planned.keys(name)
            }
            there = [key for key, stage in distinct.items() if key in done or self.has(stage)]
            if needed:
                found[name] = Count(len(needed), len(distinct), len(there))
        return found

    def has(self, stage: Stage) -> bool:
        """Return whether a stage is in the cache; only sizes are looked at, not checksums."""
        return not damage_of(self.cache.path(stage), quick=True)

    def reasons(self) -> dict[str, list[str]]:
        """Return why optional cells are left out, each with their names."""
        found: dict[str, list[str]] = {}
        for name, why in self.left_out.items():
            found.setdefault(why, []).append(name)
        return found

    def lines(self) -> Iterator[str]:
        """Yield the plan as text: the cells, then the stages."""
        done = len(self.cells) - len(self.waiting)
        yield f"{len(self.cells)} cell{'s' * (len(self.cells) != 1)}, {done} done"
        for planned in self.cells:
            yield f"  {planned.state:5}  {planned.cell.folder}"
        for why, names in self.reasons().items():
            yield f"  left out: {len(names)} ({listed(names)}): {why}"
        yield "stages: needed by the cells, different ones, made already"
        for name, count in self.counts().items():
            yield f"  {name:8} {count.needed:5} {count.distinct:5} {count.there:5}"
