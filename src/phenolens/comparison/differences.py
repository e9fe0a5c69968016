"""Paired differences between all pairs of cells, treatment by treatment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from phenolens.comparison.table import Finished
from phenolens.core.errors import InputError
from phenolens.core.inside import literal
from phenolens.core.score import Score
from phenolens.statistics.holm import holm
from phenolens.statistics.mean_rows import mean_rows
from phenolens.statistics.paired import paired_difference, paired_gap
from phenolens.statistics.sign_flip import sign_flip_p

COLUMNS = ("score", "one", "other", "difference", "low", "high", "n", "p", "p_holm", "note")


def differences(cells: Sequence[Finished], seed: int = 0) -> pd.DataFrame:
    """Return the difference of every pair of cells in every score that both have.

    The seeds of a cell are averaged treatment by treatment first. The interval is a bootstrap over
    compounds (`statistics.paired`), p is of a sign-flip test over compounds
    (`statistics.sign_flip`), `p_holm` is corrected over all pairs of the score (`statistics.holm`).

    Args:
        cells: The finished ones; the seeds of one cell have one name.
        seed: Of the draws.

    Returns:
        Columns score, one, other, difference (`one` less `other`: mean over rows), low, high, n
        (rows compared), p, p_holm, note (why a pair has no difference).
    """
    by_cell: dict[str, dict[str, list[Score]]] = {}
    for one in cells:
        scores = by_cell.setdefault(one.cell.name, {})
        for name in one.results.scores:
            scores.setdefault(name, []).append(_score(one, name))
    names = dict.fromkeys(name for scores in by_cell.values() for name in scores)
    tables = []
    for name in names:
        having = {cell: scores[name] for cell, scores in by_cell.items() if name in scores}
        table = _of_score(name, having, seed)
        table["p_holm"] = holm(table["p"].to_numpy(dtype=np.float64))
        tables.append(table)
    found = pd.concat(tables) if tables else pd.DataFrame(columns=[*COLUMNS])
    return found[[*COLUMNS]].reset_index(drop=True)


def _of_score(name: str, cells: dict[str, list[Score]], seed: int) -> pd.DataFrame:
    """Return the differences in one score; `p` is not corrected."""
    averaged: dict[str, Score | str] = {}
    for cell, scores in cells.items():
        try:
            averaged[cell] = mean_rows(scores)
        except InputError as error:
            averaged[cell] = str(error)
    rows = [
        {"score": name, "one": one, "other": other, **_pair(averaged[one], averaged[other], seed)}
        for one, other in combinations(cells, 2)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _pair(one: Score | str, other: Score | str, seed: int) -> dict[str, object]:
    if isinstance(one, str) or isinstance(other, str):
        return _none(one if isinstance(one, str) else str(other))
    try:
        found = paired_difference(one, other, seed=seed)
        gap, unit = paired_gap(one, other)
    except InputError as error:
        return _none(str(error))
    return {
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "p": sign_flip_p(gap, unit, seed=seed),
        "note": "",
    }


def _none(why: str) -> dict[str, object]:
    return {**dict.fromkeys(("difference", "low", "high", "p"), math.nan), "n": 0, "note": why}


def _score(one: Finished, name: str) -> Score:
    value = one.results.scores[name].get("value")
    rows = pd.read_parquet(literal(one.run.score(name)))
    if "value" not in rows:
        rows = pd.DataFrame({"value": []})
    return Score(name, math.nan if value is None else float(value), rows=rows, n=len(rows))
