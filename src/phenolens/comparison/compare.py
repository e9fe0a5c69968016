"""The whole comparison: grid in, every cell run, tables out."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import pandas as pd

from phenolens.comparison.carry_out import Crew, Outcome, carry_out
from phenolens.comparison.differences import differences
from phenolens.comparison.findings import findings
from phenolens.comparison.finished import finished
from phenolens.comparison.folder import ComparisonFolder, claim, refuse_other
from phenolens.comparison.grid import Grid
from phenolens.comparison.page import write_page
from phenolens.comparison.plan import Plan
from phenolens.comparison.spreadsheet import without_formulas
from phenolens.comparison.table import figures_table, long_table
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, listed, nearest
from phenolens.core.files import written
from phenolens.core.lock import held
from phenolens.core.progress import Say, silent
from phenolens.core.target import refuse_unwritable


def compare(
    grid: Grid,
    folder: ComparisonFolder,
    crew: Crew,
    say: Say = silent,
    *,
    only: Sequence[str] = (),
    wait: bool = False,
) -> tuple[Outcome, ...]:
    """Run every cell of a grid that is not done, and write the tables and the page of all finished.

    Args:
        grid: The cells.
        folder: Of the comparison.
        crew: How the cells are run.
        say: Called with one short line when a cell begins and when it ends.
        only: Patterns of names of cells; empty: all.
        wait: Whether to wait where another process writes into the folder.

    Returns:
        How each cell ended that was run now.

    Raises:
        InputError: The folder is of another grid or being written, a recipe does not fit the data,
            or no cell fits the patterns. Nothing was begun then.
    """
    refuse_unwritable(folder.root)
    refuse_other(folder, grid)
    _refuse_inputs(folder, grid)
    selected(grid, only)
    with held(folder.root, say, wait=wait):
        plan = Plan.of(grid, crew.root, folder, crew.cache)
        claim(folder, grid, say)
        wanted = selected(grid, only)
        left = [planned for planned in plan.waiting if planned.cell.folder in wanted]
        done = len(plan.cells) - len(plan.waiting)
        say(f"{count_of(len(plan.cells), 'cell')}: {done} done, {len(left)} to run now")
        for why, names in plan.reasons().items():
            say(
                f"{count_of(len(names), 'optional cell is', 'optional cells are')} left out "
                f"({listed(names)}): {why}"
            )
        outcomes = carry_out(left, folder, crew, say)
        write_tables(folder, say)
        failed = {outcome.cell: outcome.failure for outcome in outcomes if outcome.failure}
        write_page(folder, say, failed=failed, maps=crew.maps)
    return outcomes


def selected(grid: Grid, only: Sequence[str]) -> frozenset[str]:
    """Return the names of the runs whose set-up or run fits one of the patterns (`byol*`).

    Raises:
        InputError: A pattern fits none.
    """
    found: set[str] = set()
    for pattern in only:
        fitting = {
            cell.folder
            for cell in grid.cells
            if fnmatchcase(cell.name, pattern) or fnmatchcase(cell.folder, pattern)
        }
        if not fitting:
            fix = nearest(pattern, {cell.name for cell in grid.cells}, "cells")
            raise InputError(f"no cell is named {pattern!r}", where="--only", fix=fix)
        found |= fitting
    return frozenset(found) if only else frozenset(cell.folder for cell in grid.cells)


def write_tables(folder: ComparisonFolder, say: Say = silent) -> pd.DataFrame:
    """Write the tables of all finished cells; return the long one."""
    cells, axes = finished(folder, say), folder.axes()
    table = long_table(cells, axes)
    tables = {
        "table": table,
        "figures": figures_table(cells, axes),
        "differences": differences(cells),
        **findings(folder, cells),
    }
    for name, made in tables.items():
        with written(folder.table(name, "parquet")) as partial:
            made.to_parquet(partial, index=False)
        with written(folder.table(name, "csv")) as partial:
            without_formulas(made).to_csv(partial, index=False)
    return table


def failures(outcomes: Sequence[Outcome]) -> str:
    """Return which cells failed and why, in one line; empty where none did."""
    failed = [outcome for outcome in outcomes if outcome.failure]
    if not failed:
        return ""
    reasons = "; ".join(f"{outcome.cell}: {outcome.failure}" for outcome in failed)
    return f"{len(failed)} of {count_of(len(outcomes), 'cell')} failed: {reasons}"


def _refuse_inputs(folder: ComparisonFolder, grid: Grid) -> None:
    root = folder.root.resolve()
    for path in grid.files:
        if path.resolve().is_relative_to(root):
            raise InputError(
                f"holds a file that is read, which could be overwritten: {path}",
                where=folder.root,
                fix="choose another --out",
            )
