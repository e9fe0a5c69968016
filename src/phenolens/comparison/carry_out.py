"""Carrying a comparison out: every cell that is not done, each in a process of its own."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from phenolens.comparison.child import Child
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.plan import BEGUN, PlannedCell
from phenolens.comparison.slots import environment_of
from phenolens.core.errors import InputError, one_line
from phenolens.core.inside import FLAG
from phenolens.core.interrupt import deferred
from phenolens.core.progress import Say, silent
from phenolens.runs.results import Results

_EVERY = 0.1  # seconds between two looks at the processes
_COSTLY = ("train", "prepare")  # stages for which one process would wait for another

StartChild = Callable[..., Child]
Running = tuple[PlannedCell, Child]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """How a cell ended.

    Attributes:
        cell: The name of its run.
        seconds: What its process took.
        failure: Why it failed, in one line; empty where it is done.
    """

    cell: str
    seconds: float
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Crew:
    """How the cells are run; it changes no result.

    Attributes:
        root: Folder of the data.
        cache: Folder of the stages, which all cells share.
        jobs: Processes side by side.
        options: Further arguments of `phenolens`, before its command (`--plugin`).
        machine: Settings of the machine, as `KEY=VALUE`.
        maps: Whether the page has a map of each cell.
        start: Starts a process; another one in tests.
    """

    root: Path
    cache: Path
    jobs: int = 1
    options: Sequence[str] = ()
    machine: Sequence[str] = ()
    maps: bool = True
    start: StartChild = Child

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise InputError(f"must be 1 or more, got {self.jobs}", where="--jobs")

    def arguments(self, folder: ComparisonFolder, cell: str) -> list[str]:
        """Return the arguments of the command line that runs a cell.

        The paths of its recipe were checked against their fence when the plan was made, and the
        recipe now is in another folder: so they may lead outside. A process that an earlier, killed
        comparison left behind is waited for.
        """
        settings = [f"--machine={setting}" for setting in self.machine]
        places = {"--root": self.root, "--out": folder.run(cell).root, "--cache": self.cache}
        named = [text for name, path in places.items() for text in (name, str(path))]
        recipe = str(
            folder.recipe(cell).absolute()
        )  # a name that begins with "-" is not taken for an option
        # The page of a cell is made when somebody wants it: its map alone may take a minute.
        return [*self.options, "run", recipe, *named, *settings, "--no-page", "--wait", FLAG]


def carry_out(
    cells: Sequence[PlannedCell], folder: ComparisonFolder, crew: Crew, say: Say = silent
) -> tuple[Outcome, ...]:
    """Run cells, each in a process of its own, and return how each ended.

    A cell that fails is reported, and the others go on. A signal that asks to stop is passed on to
    the processes, which write their checkpoints; when they have ended it is raised here.

    Args:
        cells: Those that are not done.
        folder: Of the comparison; it must be claimed and locked.
        crew: How they are run.
        say: Called with one line when a cell begins and when it ends.
    """
    waiting, running, ended = list(cells), dict[int, Running](), list[Outcome]()
    passed_on = False
    with deferred() as asked:
        try:
            while running or (waiting and not asked.by):
                if waiting and not asked.by:
                    for slot in set(range(crew.jobs)) - set(running):
                        _start(slot, waiting, running, folder, crew, say)
                if asked.by and not passed_on:
                    passed_on = True
                    _pass_on(running, asked.by)
                for slot in [slot for slot, (_, child) in running.items() if child.has_ended()]:
                    outcome = _outcome(*running.pop(slot), folder, said=silent if asked.by else say)
                    ended.append(outcome)
                time.sleep(_EVERY if running else 0)
        finally:  # a second signal does not wait: they are asked a second time as well
            _pass_on(running, asked.by or signal.SIGTERM)
    return tuple(ended)


def _start(  # the place in the crew, the cells, then how
    slot: int,
    waiting: list[PlannedCell],
    running: dict[int, Running],
    folder: ComparisonFolder,
    crew: Crew,
    say: Say,
) -> None:
    """Start the next cell that waits, if any."""
    if waiting:
        planned = _next(waiting, [other for other, _ in running.values()])
        cell, verb = planned.cell.folder, "goes on" if planned.state == BEGUN else "begins"
        say(f"{cell} {verb}; {len(waiting)} to follow")
        environment = environment_of(slot, crew.jobs)
        child = crew.start(crew.arguments(folder, cell), folder.log(cell), environment)
        running[slot] = planned, child


def _next(waiting: list[PlannedCell], running: Sequence[PlannedCell]) -> PlannedCell:
    """Take the first cell that needs no costly stage which is being made; else the first one."""
    busy = {key for planned in running for name in _COSTLY for key in planned.keys(name)}
    free = (
        place
        for place, planned in enumerate(waiting)
        if not any(planned.keys(name) & busy for name in _COSTLY)
    )
    return waiting.pop(next(free, 0))


def _pass_on(running: dict[int, Running], number: int) -> None:
    for _, child in running.values():
        child.stop(number)


def _outcome(planned: PlannedCell, child: Child, folder: ComparisonFolder, said: Say) -> Outcome:
    """Return how a cell ended, and say so."""
    cell, seconds, failure = planned.cell.folder, child.seconds, child.failure()
    results = None
    try:
        results = Results.read(folder.run(cell).root)
    except InputError as error:
        failure = failure or str(error)
    if results and (not failure or _is_of_metric(failure, results)):
        failure = results.not_computed  # the other scores are there
        said(f"{cell}: done in {seconds:.0f} s: {_scores(results)}")
    if failure:
        said(f"{cell}: failed after {seconds:.0f} s: {failure}")
    return Outcome(cell, seconds, failure)


def _is_of_metric(failure: str, results: Results) -> bool:
    """Return whether a process ended so because a metric could not be computed."""
    return any(failure.endswith(one_line(why)) for why in results.failed.values())


def _scores(results: Results) -> str:
    values = {name: score["value"] for name, score in results.scores.items()}
    return ", ".join(f"{name} {'?' if v is None else f'{v:.3f}'}" for name, v in values.items())
