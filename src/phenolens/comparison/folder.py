"""The folder of a comparison: where everything is, and which grid it belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from phenolens.chains.settings import hashed
from phenolens.comparison.grid import Grid
from phenolens.comparison.note import Known, read_note
from phenolens.core.errors import InputError, listed
from phenolens.core.files import PARTIAL, write_text
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.core.small_files import read_small

_NOTE = "grid.json"
_TABLES = tuple(
    f"{name}.{ending}"
    for name in ("table", "figures", "differences", "effects", "claims")
    for ending in ("parquet", "csv")
)
_PAGE = "report.html"
_CLAIMS = "claims.toml"
_NAMES = {_NOTE, _PAGE, _CLAIMS, "recipes", "cells", "logs", *_TABLES}
_OTHER = "choose another --out: a new or an empty folder"


@dataclass(frozen=True, slots=True)
class ComparisonFolder:
    """Where each file of a comparison is.

    Attributes:
        root: The folder.
    """

    root: Path

    @property
    def note(self) -> Path:
        """The cells of the grid that the folder belongs to."""
        return self.root / _NOTE

    @property
    def page(self) -> Path:
        """The page that a person opens."""
        return self.root / _PAGE

    @property
    def claims(self) -> Path:
        """The claims that are judged, as they were when the folder was claimed; may be absent."""
        return self.root / _CLAIMS

    def name(self) -> str:
        """The name of the comparison."""
        return read_note(self.note).comparison

    def recipe(self, cell: str) -> Path:
        """The recipe of a cell, by the name of its run."""
        return self.root / "recipes" / f"{cell}.toml"

    def run(self, cell: str) -> RunFolder:
        """The folder of a cell's run."""
        return RunFolder(self.root / "cells" / cell)

    def log(self, cell: str) -> Path:
        """What the last run of a cell printed."""
        return self.root / "logs" / f"{cell}.log"

    def table(self, name: str, ending: str) -> Path:
        """A table of the whole comparison, as `table` or `differences`; parquet or csv."""
        return self.root / f"{name}.{ending}"

    def axes(self) -> tuple[str, ...]:
        """The names of the grid's axes, in order."""
        return read_note(self.note).axes

    def cells(self) -> dict[str, Known]:
        """What is known of each cell, by the name of its run; empty where there is no comparison.

        Raises:
            InputError: The note is damaged.
        """
        if not self.note.is_file():
            return {}
        return dict(read_note(self.note).cells)


def refuse_other(folder: ComparisonFolder, grid: Grid) -> None:
    """Refuse a folder that holds other files, or the comparison of another grid.

    A grid with more cells than before (further seeds, another value of an axis) is the same one.

    Raises:
        InputError: Says what is there, or which cells differ.
    """
    root = folder.root
    if root.exists() and not root.is_dir():
        raise InputError("is a file", where=root, fix="choose another --out: a folder")
    there = [path.name for path in root.iterdir()] if root.exists() else []
    names = [name for name in there if not name.startswith((PARTIAL, ".DS_Store"))]
    foreign = sorted(set(names) - _NAMES)
    if names and (not folder.note.is_file() or foreign):
        what = listed(foreign or sorted(names))
        raise InputError(
            f"holds files, and is not a comparison of phenolens: {what}", where=root, fix=_OTHER
        )
    for name in names:
        if (root / name).is_symlink():
            raise InputError(
                "is a link, and a comparison writes files",
                where=root / name,
                fix="replace it by what it leads to, or choose another --out",
            )
    if names:
        _refuse_claims(folder, grid)
    now = grid.identities
    before = {name: cell.recipe for name, cell in folder.cells().items()}
    other = [name for name in before if now.get(name) != before[name]]
    if other:
        gone = [name for name in other if name not in now]
        what = f"without {listed(gone)}" if gone else f"with other recipes of {listed(other)}"
        raise InputError(
            f"belongs to another grid: yours is {what}",
            where=root,
            fix="choose another --out; stages that both need are found in the cache",
        )


def _refuse_claims(folder: ComparisonFolder, grid: Grid) -> None:
    """Refuse a file of claims that the comparison did not write: it would be replaced."""
    if not folder.claims.exists():
        return
    ours = {read_note(folder.note).claims}
    ours |= {hashed(read_small(grid.claims))} if grid.claims else set()
    try:
        there = hashed(read_small(folder.claims))
    except UnicodeDecodeError:  # no text: not ours
        there = ""
    if there not in ours or not there:
        raise InputError(
            "was changed by somebody, and would be replaced",
            where=folder.claims,
            fix='move it out of the folder, and name it in the grid: claims = "FILE"',
        )


def claim(folder: ComparisonFolder, grid: Grid, say: Say = silent) -> None:
    """Make the folder this grid's, and write its claims and the recipe of every cell.

    Raises:
        InputError: As `refuse_other`.
    """
    refuse_other(folder, grid)
    before = len(folder.cells())
    if before and len(grid.cells) > before:
        say(f"{len(grid.cells) - before} cells more than before")
    cells = {
        cell.folder: {
            "name": cell.name,
            "choices": dict(cell.choices),
            "seed": cell.seed,
            "recipe": cell.recipe.identity,
            "baseline": cell.baseline,
        }
        for cell in grid.cells
    }
    claims = read_small(grid.claims) if grid.claims else ""
    note = {"comparison": grid.name, "axes": list(grid.axes), "claims": hashed(claims)}
    text = json.dumps({**note, "cells": cells}, indent=1)
    if not before:
        write_text(folder.note, text)  # first: it says whose folder this is
    if claims:
        write_text(folder.claims, claims)
    else:
        folder.claims.unlink(missing_ok=True)  # of the same grid, before it had none
    write_text(folder.note, text)
    for cell in grid.cells:
        write_text(folder.recipe(cell.folder), cell.recipe.to_toml())
