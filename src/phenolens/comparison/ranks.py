"""Mean ranks: which place a cell has on average, query by query."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from phenolens.comparison.finished import Finished
from phenolens.comparison.score_rows import read_rows
from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.metrics.base import Better
from phenolens.statistics.mean_rows import mean_rows
from phenolens.statistics.paired import KEYS
from phenolens.statistics.ties import levels

COLUMNS = ("score", "cell", "rank", "n")


def mean_ranks(cells: Sequence[Finished], better: Mapping[str, Better]) -> pd.DataFrame:
    """Return the mean rank of every cell over the queries that all cells answer (Demsar 2006).

    The seeds of a cell are averaged query by query first. The best cell of a query has rank 1, and
    ties share the mean of their ranks. A score is left out where the rows of a cell cannot be
    matched, or where no two queries are answered by all.

    Args:
        cells: The finished ones.
        better: The scores that are ranked -> which of their values are good.

    Returns:
        Columns score, cell, rank, n (queries).
    """
    tables = [_of_score(cells, score, good) for score, good in better.items()]
    return pd.DataFrame([row for table in tables for row in table], columns=[*COLUMNS])


def _of_score(cells: Sequence[Finished], score: str, better: Better) -> list[dict[str, object]]:
    by_cell: dict[str, list[Score]] = {}
    for one in cells:
        path = one.run.score(score)
        if score in one.results.scores and path.is_file():
            rows = read_rows(path)
            if len(rows.columns) > 1 or len(rows):  # none: it is not known by rows
                made = Score(score, math.nan, rows=rows, n=len(rows))
                by_cell.setdefault(one.cell.name, []).append(made)
    try:
        columns = {cell: _queries(mean_rows(scores)) for cell, scores in by_cell.items()}
    except InputError:  # the rows of a cell cannot be matched: `differences` says which and why
        return []
    if len(columns) < 2:
        return []
    every = pd.concat(columns, axis=1, join="inner")
    if len(every) < 2:
        return []
    values = every.to_numpy(dtype=np.float64)
    good = {"high": -values, "low": values, "zero": np.abs(values)}[better]
    ranks = np.array([rankdata(levels(row)) for row in good]).mean(axis=0)
    return [
        {"score": score, "cell": cell, "rank": float(rank), "n": len(every)}
        for cell, rank in zip(every.columns, ranks, strict=True)
    ]


def _queries(score: Score) -> pd.Series:
    """Return the values of a score by what identifies its rows."""
    keys = [key for key in KEYS if key in score.rows]
    names = score.rows[keys].astype(str).agg("\n".join, axis=1)
    return pd.Series(score.rows["value"].to_numpy(dtype=np.float64), index=names)
