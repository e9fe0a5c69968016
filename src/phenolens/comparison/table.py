"""The long table of a comparison: one row per cell, seed and score, and one per baseline's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phenolens.chains.settings import hashed, read_toml
from phenolens.comparison.folder import ComparisonFolder, Known
from phenolens.core.errors import InputError
from phenolens.core.progress import Say, silent
from phenolens.core.registry import find
from phenolens.core.run_folder import RunFolder
from phenolens.runs.folder import keys_of
from phenolens.runs.results import Results

FIGURES = ("value", "low", "high", "null", "n", "hits")
COSTS = (
    "train_seconds", "embed_seconds", "total_seconds", "steps", "images_per_second",
    "waiting_share", "peak_memory_mb", "process_memory_mb", "parameters", "threads", "device",
)  # fmt: skip
_WHOLE = ("seed", "n", "hits", "steps", "parameters", "threads")
_NUMBERS = ("value", "low", "high", "null", *(n for n in COSTS if n not in (*_WHOLE, "device")))


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
        if hashed(settings) == cell.recipe:
            found.append(Finished(cell, run, results, settings))
    return tuple(found)


def long_table(cells: tuple[Finished, ...], axes: tuple[str, ...]) -> pd.DataFrame:
    """Return one row per cell, seed and score, then one per score of each distinct baseline.

    A baseline is one row for all cells that have its very embeddings, chain and metric; its axes
    and its seed are those that these cells share, and empty where they differ. It has no cost.

    Args:
        cells: The finished ones.
        axes: Names of the grid's axes, in order: a column for each.

    Returns:
        Columns cell, baseline (bool), the axes, seed, score, value, low, high, null, n, hits (of
        what is not defined: missing), then the costs of `results.json`.
    """
    rows = [row for one in cells for row in _rows(one)]
    rows += _baselines(cells)
    columns = ["cell", "baseline", *axes, "seed", "score", *FIGURES, *COSTS]
    table = pd.DataFrame(rows, columns=columns)
    whole = dict.fromkeys(_WHOLE, "Int64")
    numbers = dict.fromkeys(_NUMBERS, "float64")
    text = dict.fromkeys(("cell", *axes, "score", "device"), "string")
    return table.astype({**whole, **numbers, **text, "baseline": bool})


def _rows(one: Finished) -> Iterator[dict[str, Any]]:
    who = {"cell": one.cell.name, "baseline": False, **one.cell.choices, "seed": one.cell.seed}
    costs = {name: one.results.cost.get(name) for name in COSTS}
    for name, score in one.results.scores.items():
        yield {**who, "score": name, **_figures(score), **costs}


def _baselines(cells: tuple[Finished, ...]) -> list[dict[str, Any]]:
    """Return the rows of all baselines, each distinct one once."""
    found: dict[str, dict[str, Any]] = {}
    for one in cells:
        where = {**one.cell.choices, "seed": one.cell.seed}
        keys = _keys_of_baselines(one)
        for title, scores in one.results.baselines.items():
            for name, score in scores.items():
                shapes = [keys.get(title, one.run.root.name), title, name]
                shapes += [one.settings["profiling"], one.settings["metrics"].get(name)]
                row = {"cell": title, "baseline": True, **where, "score": name, **_figures(score)}
                shared = found.setdefault(hashed(shapes), row)
                shared |= {axis: None for axis, value in where.items() if shared[axis] != value}
    return list(found.values())


def _keys_of_baselines(one: Finished) -> dict[str, str]:
    """Return the key of each baseline's embeddings, by the baseline's title."""
    keys = keys_of(one.run)
    found = {}
    for name in one.settings.get("baselines", ()):
        slot = f"baseline {one.run.baseline(name).relative_to(one.run.root).as_posix()}"
        if slot in keys:
            found[str(find("baselines", name, "baselines").title)] = keys[slot]
    return found


def _figures(score: Mapping[str, Any]) -> dict[str, Any]:
    return {name: score.get(name) for name in FIGURES}
