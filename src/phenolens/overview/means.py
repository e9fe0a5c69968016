"""Means: each cell and each baseline in one score, its seeds together, the best one first."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from phenolens.overview.baseline_name import shown_name
from phenolens.overview.compared import Better, Compared, goodness
from phenolens.overview.entries import number, text

_RUN = "total_seconds"  # the cost of what was a run of its own


@dataclass(frozen=True, slots=True)
class Mean:
    """A cell, or a baseline, in one score. Absent numbers are NaN.

    Attributes:
        name: As shown.
        baseline: Whether it is what others are compared with.
        own: Whether it is a cell of the grid, with a run of its own.
        value: Mean over seeds.
        low: Mean of the lower ends of the seeds' intervals.
        high: Mean of the upper ends.
        null: What chance gives on average.
        seeds: The value of each seed that has one.
        n: Rows scored, of the first seed.
    """

    name: str
    baseline: bool
    own: bool
    value: float
    low: float
    high: float
    null: float
    seeds: tuple[float, ...]
    n: int | None

    @property
    def sd(self) -> float:
        """Standard deviation over seeds, NaN for one."""
        return float(np.std(self.seeds, ddof=1)) if len(self.seeds) > 1 else math.nan


def means(compared: Compared) -> dict[str, tuple[Mean, ...]]:
    """Return every cell and baseline in each score, the best first; those without a value last."""
    named = compared.table.assign(name=_names(compared.table, compared.axes))
    found: dict[str, list[Mean]] = {score: [] for score in compared.scores}
    for (score, name, _), rows in named.groupby(
        ["score", "name", "baseline"], sort=False, observed=True
    ):
        found[str(score)].append(_mean(str(name), rows))
    return {
        score: tuple(sorted(ones, key=_place(compared.better_of(score))))
        for score, ones in found.items()
    }


def _place(better: Better) -> Any:
    """Return a sort key that puts the best first, and what has no value last."""

    def key(one: Mean) -> tuple[bool, float]:
        known = math.isfinite(one.value)
        return not known, -goodness(one.value, better) if known else 0.0

    return key


def _mean(name: str, rows: pd.DataFrame) -> Mean:
    def average(column: str) -> float:
        numbers = [number(value) for value in rows[column]]
        whole = [value for value in numbers if math.isfinite(value)]
        return float(np.mean(whole)) if whole else math.nan

    values = tuple(v for v in map(number, rows["value"]) if math.isfinite(v))
    baseline, n = bool(rows["baseline"].iloc[0]), number(rows["n"].iloc[0])
    return Mean(
        name=name,
        baseline=baseline,
        own=not baseline or (_RUN in rows and bool(rows[_RUN].notna().any())),
        value=average("value"),
        low=average("low"),
        high=average("high"),
        null=average("null"),
        seeds=values,
        n=int(n) if math.isfinite(n) else None,
    )


def _names(table: pd.DataFrame, axes: tuple[str, ...]) -> list[str]:
    """Return a name for each row; one of several baselines of a title has its choices in it."""
    rows = table[["cell", "baseline", "score", *axes]].to_dict("records")
    chosen = [tuple(text(row[axis]) for axis in axes) for row in rows]
    kinds = {
        (text(row["cell"]), row["score"], choices)
        for row, choices in zip(rows, chosen, strict=True)
        if row["baseline"]
    }
    several = Counter((cell, score) for cell, score, _ in kinds)
    repeated = {which for which, count in several.items() if count > 1}
    return [
        shown_name(
            text(row["cell"]),
            choices,
            repeated=bool(row["baseline"]) and (text(row["cell"]), row["score"]) in repeated,
        )
        for row, choices in zip(rows, chosen, strict=True)
    ]
