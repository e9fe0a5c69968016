"""Finished: the cells of a comparison that are done, read from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phenolens.chains.settings import hashed, read_toml
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.note import Known
from phenolens.core.errors import InputError
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.folder import damage_of_scores
from phenolens.runs.results import Results


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A finished cell.

    Attributes:
        cell: What the folder knows of it.
        run: The folder of its run.
        results: What it found.
        settings: Its whole recipe.
    """

    cell: Known
    run: RunFolder
    results: Results
    settings: Mapping[str, Any]


def finished(folder: ComparisonFolder, say: Say = silent) -> tuple[Finished, ...]:
    """Return the finished cells of a comparison, in the order of its grid; nothing is run.

    Args:
        folder: Of the comparison.
        say: Called with one line for each cell whose results are damaged.

    Raises:
        InputError: There is no comparison in the folder.
    """
    cells = folder.cells()
    if not cells:
        raise InputError(
            "is not the folder of a comparison", where=folder.root, fix="name its --out"
        )
    found = []
    for name, cell in cells.items():
        run = folder.run(name)
        if not run.results.exists():
            continue
        try:
            results, settings = Results.read(run.root), read_toml(run.recipe)
        except InputError as error:
            say(f"{name} is left out: {error}")
            continue
        if wrong := damage_of_scores(run):
            say(f"{name} is left out: {wrong}; compare again, and it will be made again")
            continue
        if hashed(settings) == cell.recipe:
            found.append(Finished(cell, run, results, settings))
    return tuple(found)
