"""Factor effects: which axis of a grid moves which score by how much."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from phenolens.comparison.contrasts import contrast
from phenolens.comparison.matched import Choices, pairs, product_cells, values_of
from phenolens.comparison.measured import Measures
from phenolens.comparison.note import Known
from phenolens.statistics.holm import holm

COLUMNS = (
    "score", "axis", "one", "other", "difference", "low", "high", "n", "cells", "p", "p_holm",
    "agree", "share", "note",
)  # fmt: skip
COSTS = ("train_seconds", "process_memory_mb")  # as ratios: how many times as much


def effects(measures: Measures, cells: Sequence[Known]) -> pd.DataFrame:
    """Return the contrast of every two values of every axis, in every score and two costs.

    Each is over all pairs of cells that agree on every other axis (`comparison.contrasts`). Cells
    with a name of their own take no part.

    Args:
        measures: Of the finished cells.
        cells: All cells of the comparison.

    Returns:
        Columns score, axis, one, other, difference (`one` less `other`; of costs `one` /
        `other`), low, high, n (queries), cells (pairs of them), p, p_holm (over all rows of the
        score), agree (share of pairs of cells and seeds with that sign), share (of the variance
        between cells that the axis explains; missing unless every combination is finished), note.
    """
    choices = product_cells(cells)
    tables = []
    for name in dict.fromkeys((*measures.scores, *COSTS)):
        table = pd.DataFrame(_of_score(measures, name, choices), columns=[*COLUMNS])
        table["p_holm"] = holm(table["p"].to_numpy(dtype=np.float64))
        if len(table):
            tables.append(table)
    found = pd.concat(tables) if tables else pd.DataFrame(columns=[*COLUMNS])
    text = dict.fromkeys(("score", "axis", "one", "other", "note"), "string")
    numbers = dict.fromkeys(
        ("difference", "low", "high", "p", "p_holm", "agree", "share"), "float64"
    )
    whole = dict.fromkeys(("n", "cells"), "Int64")
    return found.reset_index(drop=True).astype({**text, **numbers, **whole})


def _of_score(measures: Measures, name: str, choices: Choices) -> list[dict[str, object]]:
    measured = measures.of(name)
    if measured is None:
        return []
    rows: list[dict[str, object]] = []
    for axis, values in values_of(choices).items():
        share = explained(measured.means, choices, axis)
        for one, other in combinations(values, 2):
            found = contrast(measured, pairs(choices, {axis: [one]}, {axis: [other]}))
            who = {"score": name, "axis": axis, "one": one, "other": other}
            rows.append({**who, **found.row(), "cells": found.pairs, "share": share})
    return rows


def explained(means: Mapping[str, float], choices: Choices, axis: str) -> float:
    """Return the share of the variance between cells that the main effect of an axis explains.

    The sum of squares of the axis's means over the sum of squares of all cells, as in an analysis
    of variance (Fisher 1925, Statistical Methods for Research Workers, chapter 7).

    Args:
        means: Of each finished cell.
        choices: Axis -> value, of each cell.
        axis: The one asked about.

    Returns:
        In [0, 1]; NaN where a combination of values is not there, or all cells are equal.

    Example:
        >>> cells = {x + y: {"x": x, "y": y} for x in "ab" for y in "12"}
        >>> explained({"a1": 0, "a2": 1, "b1": 2, "b2": 3}, cells, "x")
        0.8
    """
    there = {cell: choices[cell][axis] for cell in choices if cell in means}
    if not there or len(there) < math.prod(map(len, values_of(choices).values())):
        return math.nan
    value = pd.Series({cell: float(means[cell]) for cell in there})
    gap = value - value.mean()
    if gap.abs().max() <= 1e-12 * value.abs().max():
        return math.nan
    of_axis = gap.groupby(pd.Series(there), observed=True).transform("mean")
    return min(1.0, float((of_axis**2).sum() / (gap**2).sum()))
