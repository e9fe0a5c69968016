"""The long table of a comparison: one row per cell, seed and score, and one per baseline's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from phenolens.comparison.baselines import baseline_scores
from phenolens.comparison.costs import COSTS, found_text
from phenolens.comparison.finished import Finished

FIGURES = ("value", "low", "high", "null", "n", "hits")
_WHOLE = ("seed", "n", "hits", "steps", "parameters", "threads")
_NUMBERS = (
    "value",
    "low",
    "high",
    "null",
    *(n for n in COSTS if n not in (*_WHOLE, "device", "found")),
)


def long_table(cells: Sequence[Finished], axes: Sequence[str]) -> pd.DataFrame:
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
    text = dict.fromkeys(("cell", *axes, "score", "device", "found"), "string")
    return table.astype({**whole, **numbers, **text, "baseline": bool})


def figures_table(cells: Sequence[Finished], axes: Sequence[str]) -> pd.DataFrame:
    """Return one row per cell, seed, score and figure: what a score found next to its value.

    Args:
        cells: The finished ones.
        axes: Names of the grid's axes, in order: a column for each.

    Returns:
        Columns cell, baseline (bool), the axes, seed, score, figure, value.
    """
    named = [
        (_who(one), name, score) for one in cells for name, score in one.results.scores.items()
    ]
    named += [
        ({"cell": one.title, "baseline": True, **one.where}, one.score, one.figures)
        for one in baseline_scores(cells)
    ]
    rows = [
        {**who, "score": name, "figure": figure, "value": value}
        for who, name, score in named
        for figure, value in score.get("figures", {}).items()
    ]
    columns = ["cell", "baseline", *axes, "seed", "score", "figure", "value"]
    text = dict.fromkeys(("cell", *axes, "score", "figure"), "string")
    types = {**text, "seed": "Int64", "value": "float64", "baseline": bool}
    return pd.DataFrame(rows, columns=columns).astype(types)


def _rows(one: Finished) -> Iterator[dict[str, Any]]:
    who = _who(one)
    costs = {name: one.results.cost.get(name) for name in COSTS}
    costs["found"] = found_text(one.results.cost)
    for name, score in one.results.scores.items():
        yield {**who, "score": name, **_figures(score), **costs}


def _who(one: Finished) -> dict[str, Any]:
    cell = one.cell
    return {"cell": cell.name, "baseline": cell.baseline, **cell.choices, "seed": cell.seed}


def _baselines(cells: Sequence[Finished]) -> Iterator[dict[str, Any]]:
    """Yield the rows of all baselines, each distinct one once."""
    for one in baseline_scores(cells):
        who = {"cell": one.title, "baseline": True, **one.where}
        yield {**who, "score": one.score, **_figures(one.figures)}


def _figures(score: Mapping[str, Any]) -> dict[str, Any]:
    return {name: score.get(name) for name in FIGURES}
