"""Measured: one score or cost of every cell, as arrays that contrasts are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.chains.settings import hashed
from phenolens.comparison.costs import OF_PROCESS, RATIOS, found_text
from phenolens.comparison.finished import Finished
from phenolens.comparison.score_rows import read_rows
from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.metrics.base import Facts, better_with, facts_of
from phenolens.overview.found import is_own
from phenolens.statistics.mean_rows import mean_rows
from phenolens.statistics.paired import KEYS
from phenolens.statistics.units import unit_text

# Of the training, which cells may share: the same training is measured once.
_OF_TRAINING = (
    "train_seconds", "steps", "trained_epochs", "images_per_second", "waiting_share", "parameters",
)  # fmt: skip
_MORE_IS_GOOD = ("images_per_second",)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One score or cost of every cell that has it.

    Attributes:
        name: Of the score, of a figure of it (`clusters.noise`), or of a cost.
        better: Which values are good: `high`, `low`, `zero`, or `unknown` of a figure.
        ratio: Whether `by_seed` holds logarithms, since costs are compared by their ratio.
        shared: Whether cells may share one measurement: that of a training.
        is_mean: Whether the score of a cell is the mean of its rows.
        place: Cell -> its row in the arrays.
        by_seed: The value of each cell and seed; NaN where it is missing.
        rows: The value of each cell and query, the seeds averaged; NaN where it is missing.
        queries: Compound and plate of each query (text), as far as the rows say.
        source: Cell -> the hash of the data that it reads.
    """

    name: str
    better: str
    ratio: bool
    shared: bool
    is_mean: bool
    place: Mapping[str, int]
    by_seed: Float64[np.ndarray, "c s"]
    rows: Float64[np.ndarray, "c q"]
    queries: pd.DataFrame
    source: Mapping[str, str]

    @property
    def means(self) -> dict[str, float]:
        """The mean of each cell over its seeds."""
        known = np.isfinite(self.by_seed)
        total = np.where(known, self.by_seed, 0).sum(axis=1)
        count = known.sum(axis=1)
        return {cell: total[k] / count[k] for cell, k in self.place.items() if count[k]}


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Every score and cost of the finished cells, each read when it is first asked for.

    Attributes:
        cells: The finished ones.
    """

    cells: Sequence[Finished]
    _made: dict[str, Measured | None] = field(default_factory=dict)

    @property
    def scores(self) -> tuple[str, ...]:
        """The names of the scores, in the order of the cells."""
        return tuple(dict.fromkeys(name for one in self.cells for name in one.results.scores))

    def of(self, name: str) -> Measured | None:
        """Return a score, a figure of it as `score.figure`, or a cost; None where no cell has it.

        Example:
            >>> Measures(()).of("nsc") is None
            True
        """
        if name not in self._made:
            self._made[name] = self._measured(name)
        return self._made[name]

    def _measured(self, name: str) -> Measured | None:
        score, _, _ = (name, "", "") if name in self.scores else name.rpartition(".")
        ratio = not score and name in RATIOS
        values: dict[tuple[str, int], float] = {}
        for one in self.cells:
            value = _value(one, name)
            if value is not None and (value > 0 or not ratio):
                values[one.cell.name, one.cell.seed] = math.log(value) if ratio else value
        if not values:
            return None
        having = [one for one in self.cells if (one.cell.name, one.cell.seed) in values]
        place = {cell: k for k, cell in enumerate(dict.fromkeys(cell for cell, _ in values))}
        seeds = sorted({seed for _, seed in values})
        by_seed = np.full((len(place), len(seeds)), np.nan)
        for (cell, seed), value in values.items():
            by_seed[place[cell], seeds.index(seed)] = value
        rows, queries = _rows(name, having if name == score else (), place)
        facts = _facts(score, having)
        return Measured(
            name=name,
            better=_better(name, score, having),
            ratio=ratio,
            shared=ratio and name in _OF_TRAINING,
            is_mean=facts.is_mean,
            place=place,
            by_seed=by_seed,
            rows=rows,
            queries=queries,
            source={one.cell.name: _source(one.settings) for one in having},
        )


def _value(one: Finished, name: str) -> float | None:
    """Return what a run has by that name, None where it has nothing or no finite number."""
    scores = one.results.scores
    if name in scores:
        found = scores[name].get("value")
    elif name in RATIOS:
        cost = one.results.cost
        own = name not in OF_PROCESS or is_own(found_text(cost))
        found = cost.get(name) if own else None
    else:
        score, _, figure = name.rpartition(".")
        found = scores.get(score, {}).get("figures", {}).get(figure)
    number = isinstance(found, int | float) and math.isfinite(found)
    return float(found) if number and found is not None else None


def _rows(
    name: str, cells: Sequence[Finished], place: Mapping[str, int]
) -> tuple[Float64[np.ndarray, "c q"], pd.DataFrame]:
    """Return the values of cells x queries, and compound and plate of each query.

    A cell whose rows cannot be matched has none.
    """
    by_cell: dict[str, list[Score]] = {}
    for one in cells:
        rows = read_rows(one.run.score(name))
        by_cell.setdefault(one.cell.name, []).append(Score(name, math.nan, rows=rows))
    tables = []
    for cell, scores in by_cell.items():
        try:
            rows = mean_rows(scores).rows
        except InputError:  # compared over pairs of cells and seeds, which the note says
            continue
        texts = {key: unit_text(rows[key]) for key in KEYS if key in rows}
        query = pd.Series([""] * len(rows))
        for key, text in texts.items():
            query = query + key + "=" + text.to_numpy() + "\n"
        missing = pd.Series([""] * len(rows))
        named = {key: texts.get(key, missing).to_numpy() for key in ("compound", "plate")}
        tables.append(pd.DataFrame({"query": query, "value": rows["value"], **named, "cell": cell}))
    if not tables:
        return np.empty((len(place), 0)), pd.DataFrame({"compound": [], "plate": []}, dtype=str)
    every = pd.concat(tables, ignore_index=True)
    code, labels = pd.factorize(every["query"], sort=True)
    made = np.full((len(place), len(labels)), np.nan)
    made[every["cell"].map(place).to_numpy(), code] = every["value"].to_numpy(dtype=np.float64)
    first = np.unique(code, return_index=True)[1]
    return made, every.loc[first, ["compound", "plate"]].reset_index(drop=True)


def _facts(score: str, cells: Sequence[Finished]) -> Facts:
    """Return the facts of a score, as its metric states them."""
    return facts_of(cells[0].settings.get("metrics", {}).get(score, {}).get("metric", score))


def _better(name: str, score: str, cells: Sequence[Finished]) -> str:
    """Return which values are good: as the metric says with these settings; of a figure unknown."""
    if not score:
        return "high" if name in _MORE_IS_GOOD else "low"
    if name != score:
        return "unknown"
    settings = cells[0].settings.get("metrics", {}).get(score, {})
    return better_with(settings.get("metric", score), settings)


def _source(settings: Mapping[str, Any]) -> str:
    return hashed(settings.get("screen") or settings.get("profiles") or settings.get("curves"))
