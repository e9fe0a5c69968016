"""The command that compares recipes: a grid of cells, run or planned, and its tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from phenolens.cli.options import Changes, Root, StageOptions, machine, say
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from phenolens.comparison.carry_out import Crew
    from phenolens.comparison.folder import ComparisonFolder
    from phenolens.comparison.grid import Grid


@dataclass(frozen=True, kw_only=True)
class CellOptions:
    """Which cells are run, and how.

    Attributes:
        jobs: Processes side by side.
        only: Patterns of names of cells.
        dry_run: Whether to print the plan alone.
        estimate: Whether a plan takes a few steps of each training.
        maps: Whether the page has a map of each cell.
        table: Form in which the table of the finished cells is printed, and nothing is run.
    """

    jobs: Annotated[int, typer.Option(min=1, help="Cells that run side by side.")] = 1
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Run the cells of such a name, as 'byol*'; several."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print cells, shared stages and an estimate of time.")
    ] = False
    estimate: Annotated[
        bool,
        typer.Option(help="With --dry-run: prepare the pixels, take a few steps of each training."),
    ] = True
    maps: Annotated[bool, typer.Option(help="A map of the profiles of each cell on the page.")] = (
        True
    )
    table: Annotated[
        Literal["md", "latex"] | None,
        typer.Option(help="Print the table of the finished cells; nothing is run."),
    ] = None


@spread
def compare(  # noqa: PLR0913  # the program, then what is compared, where and how
    *,
    context: typer.Context,
    grid: Annotated[str, typer.Argument(help="A .toml file, or the name of a shipped grid.")],
    root: Root = Path(),
    out: Annotated[Path | None, typer.Option(help="Folder of the comparison [runs/NAME].")] = None,
    changes: Changes = None,
    cells: CellOptions,
    stages: StageOptions,
) -> None:
    """Compare recipes: run every cell of a grid under identical conditions; run again to resume.

    Each cell is a run in a process of its own. Stages that several cells need are made once.

    Example: `phenolens compare grid.toml --jobs 2 --machine threads=4`
    """
    from phenolens.comparison.carry_out import Crew
    from phenolens.comparison.compare import compare as run_comparison
    from phenolens.comparison.compare import failures
    from phenolens.comparison.folder import ComparisonFolder
    from phenolens.comparison.grid import Grid
    from phenolens.comparison.printed import print_finished
    from phenolens.core.errors import InputError
    from phenolens.runs.cache import CACHE

    loaded = Grid.load(grid, changes or (), root, outside=stages.outside)
    folder = ComparisonFolder(out or Path("runs") / loaded.name)
    if cells.table is not None:
        typer.echo(print_finished(folder, cells.table, say), nl=False)
        return
    machine(stages.machine)  # refused before anything is read
    program = context.parent.params if context.parent else {}
    crew = Crew(
        root=root,
        cache=stages.cache or folder.root.parent / CACHE,
        jobs=cells.jobs,
        options=[f"--plugin={package}" for package in program.get("plugin") or ()],
        machine=stages.machine or (),
        maps=cells.maps,
    )
    if cells.dry_run:
        for line in _plan(loaded, folder, crew, cells):
            typer.echo(line)
        return
    outcomes = run_comparison(loaded, folder, crew, say, only=cells.only or (), wait=stages.wait)
    typer.echo(print_finished(folder, "md", say), nl=False)
    say(f"tables: {folder.root}")
    say(f"page: {folder.page}")
    if failed := failures(outcomes):
        again = "give the same command again once it is fixed: finished cells are not repeated"
        raise InputError(failed, where=folder.root, fix=again)


def _plan(grid: Grid, folder: ComparisonFolder, crew: Crew, cells: CellOptions) -> Iterator[str]:
    """Yield what would be done, as text."""
    from phenolens.comparison.compare import selected
    from phenolens.comparison.estimate import estimate
    from phenolens.comparison.folder import refuse_other
    from phenolens.comparison.plan import Plan

    refuse_other(folder, grid)
    wanted = selected(grid, cells.only or ())
    plan = Plan.of(grid, crew.root, folder, crew.cache).only(wanted)
    yield from plan.lines()
    if cells.estimate:
        yield from estimate(plan, crew.jobs, say).lines()
