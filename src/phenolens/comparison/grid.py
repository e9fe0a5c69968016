"""Grid: the cells of a comparison, each a whole recipe that was checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from phenolens.chains.settings import changed, read_toml
from phenolens.comparison.cell import Cell, folder_of
from phenolens.comparison.changes import applied, check_changes
from phenolens.comparison.claims import find_claims
from phenolens.comparison.layout import KEYS, Layout, Setup
from phenolens.comparison.width import at_width
from phenolens.core.construct import fit_type
from phenolens.core.errors import InputError, listed, nearest
from phenolens.core.inside import Fence, fenced, permitted
from phenolens.core.names import file_name, file_names
from phenolens.runs.recipe import Recipe, find_recipe, shipped_grids, shipped_recipes


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The cells of a comparison.

    Attributes:
        name: Of the comparison.
        axes: Their names, in order.
        cells: Set-up by set-up, each with all its seeds.
        files: The grid, its base recipes and its claims: what is read, and never written over.
        left_out: Why each optional cell is left out, by its name.
        claims: The file of claims that are judged by it.
    """

    name: str
    axes: tuple[str, ...]
    cells: tuple[Cell, ...]
    files: tuple[Path, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    claims: Path | None = None

    @classmethod
    def load(
        cls,
        path: Path | str,
        changes: Sequence[str] = (),
        root: Path | str = ".",
        *,
        outside: bool = False,
    ) -> Grid:
        """Read a grid, with `key=value` changes of the recipe of every cell.

        Args:
            path: Its file, or the name of one that comes with phenolens.
            changes: Changes of the user, applied last; a path in them may lead anywhere.
            root: Folder of the data.
            outside: Whether paths in the files may lead out of the root and of their own folders.

        Raises:
            InputError: It cannot be read, a part of it is wrong, or recipes of cells are: names
                every wrong cell at once.
        """
        path = find_grid(str(path))
        table = read_toml(path)
        _check_set(changed({}, changes))
        fence = None if outside else Fence((Path(root), path.parent), "\n".join(changes))
        try:
            name = file_name(fit_type(table.get("name", path.stem), str, "name"), "name")
            layout = Layout.of(table)
            setups = layout.setups()
            with fenced(fence):
                claims = find_claims(name, table.get("claims"), path.parent)
                bases = {
                    setup.base: _base(layout.bases.get(setup.base, setup.base), path.parent)
                    for setup in setups
                }
            cells, left_out = _cells(layout, setups, bases, changes, fence)
        except InputError as error:
            raise error.at(path.name) from error
        files = (path, *bases.values(), *([claims] if claims else []))
        return cls(name, tuple(layout.axes), cells, files, left_out, claims)

    @property
    def identities(self) -> dict[str, str]:
        """What each run is of: the hash of its recipe, by the name of its folder."""
        return {cell.folder: cell.recipe.identity for cell in self.cells}


def find_grid(name: str) -> Path:
    """Return the path of a grid: a file, or one that comes with phenolens, by its name.

    Raises:
        InputError: Neither: says the nearest name.
    """
    path, shipped = Path(name), shipped_grids()
    if path.is_file():
        return path
    if name not in shipped:
        raise InputError("no such grid", where=name, fix=nearest(path.stem, shipped))
    return shipped[name]


def _check_set(changes: Mapping[str, Any]) -> None:
    """Refuse changes of what no recipe has: the keys of the grid itself."""
    for key in (key for key in KEYS if key in changes and key != "name"):
        raise InputError(
            "is a key of the grid, and --set changes the recipes of its cells",
            where=f"--set {key}",
            fix="change it in a copy of the file of the grid",
        )
    check_changes(changes, "--set")


def _base(name: str, folder: Path) -> Path:
    """Return the file of a base recipe: next to the grid, below where we are, or shipped."""
    for path in (folder / name, Path(name)):
        if path.is_file():
            return permitted(name, path, "recipe")
    return shipped_recipes().get(name) or find_recipe(name)


def _cells(
    layout: Layout,
    setups: Iterable[Setup],
    bases: Mapping[str, Path],
    changes: Sequence[str],
    fence: Fence | None,
) -> tuple[tuple[Cell, ...], dict[str, str]]:
    """Return the cells of all set-ups, and why each optional one is left out.

    Raises:
        InputError: Recipes of some are wrong: names each of them, with the reason.
    """
    tables = {name: read_toml(path) for name, path in bases.items()}
    cells: list[Cell] = []
    wrong: dict[str, list[str]] = {}
    left_out: dict[str, str] = {}
    for setup in setups:
        wide = fence.wider(bases[setup.base].parent) if fence else None
        try:
            table = _changed(tables[setup.base], setup, changes)
            seeds = layout.seeds or (fit_type(table.get("seed", 0), int, "seed"),)
            cells += [_cell(setup, table, seed, wide) for seed in seeds]
        except InputError as error:
            if setup.optional:
                left_out[setup.name] = str(error)
            else:
                wrong.setdefault(str(error), []).append(setup.name or setup.base)
    if wrong:
        count = sum(map(len, wrong.values()))
        reasons = "; ".join(f"{listed(names)}: {why}" for why, names in wrong.items())
        raise InputError(f"{count} of its cells {'is' if count == 1 else 'are'} wrong: {reasons}")
    file_names([cell.folder for cell in cells], "cells")
    _refuse_two_metrics(cells)
    return tuple(cells), left_out


def _refuse_two_metrics(cells: Sequence[Cell]) -> None:
    """Raise InputError where one score is of another metric in another cell."""
    first: dict[str, tuple[str, Cell]] = {}
    for cell in cells:
        for score, metric in cell.recipe.metrics.items():
            kind, earlier = first.setdefault(score, (type(metric).__name__, cell))
            if kind != type(metric).__name__:
                raise InputError(
                    f"is the metric {kind} in {earlier.name} and {type(metric).__name__} in "
                    f"{cell.name}, which cannot be compared",
                    where=f"metrics.{score}",
                    fix="give one of them another name",
                )


def _changed(table: Mapping[str, Any], setup: Setup, changes: Sequence[str]) -> dict[str, Any]:
    """Return the tables of a set-up's recipe, but for its name and seed."""
    made = dict(table)
    for where, given in setup.changes:
        try:
            made = applied(made, given)
        except InputError as error:
            raise error.at(where) from error
    made = changed(made, changes)
    return at_width(made, setup.components) if setup.components else made


def _cell(setup: Setup, table: Mapping[str, Any], seed: int, fence: Fence | None) -> Cell:
    name = setup.name or fit_type(table.get("name", "recipe"), str, "name")
    named = {**table, "name": file_name(folder_of(name, seed), "cells"), "seed": seed}
    with fenced(fence):
        recipe = replace(Recipe.from_table(named), fence=fence)
    return Cell(name, dict(setup.choices), seed, recipe, setup.baseline, setup.optional)
