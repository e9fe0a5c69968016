"""Paired differences between all pairs of cells, treatment by treatment."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.comparison.baselines import BaselineScore, baseline_scores
from phenolens.comparison.finished import Finished
from phenolens.comparison.score_rows import read_rows
from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.overview.baseline_name import shown_name
from phenolens.statistics.holm import holm
from phenolens.statistics.mean_rows import mean_rows
from phenolens.statistics.paired import paired_difference, paired_gap
from phenolens.statistics.sign_flip import sign_flip_p

COLUMNS = ("score", "one", "other", "difference", "low", "high", "n", "p", "p_holm", "note")


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """A baseline in one score: its name, its scores over the seeds, the cells that have it."""

    name: str
    scores: list[Score]
    cells: set[str]


def differences(cells: Sequence[Finished], seed: int = 0) -> pd.DataFrame:
    """Return the difference of every pair of cells in every score that both have.

    A baseline that runs have on their own is compared with the cells that have it, thus under the
    same chain and metric. Its name is that of the printed table.

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
    baselines = _baselines(baseline_scores(cells))
    names = dict.fromkeys(name for scores in by_cell.values() for name in scores)
    tables = []
    for name in names:
        having = {cell: scores[name] for cell, scores in by_cell.items() if name in scores}
        table = _of_score(name, having, baselines.get(name, []), seed)
        table["p_holm"] = holm(table["p"].to_numpy(dtype=np.float64))
        tables.append(table)
    found = pd.concat(tables) if tables else pd.DataFrame(columns=[*COLUMNS])
    return found[[*COLUMNS]].reset_index(drop=True)


def _baselines(found: Sequence[BaselineScore]) -> dict[str, list[_Shared]]:
    """Return the baselines of each score, the seeds of one together."""
    several = Counter((one.title, one.score, one.where["seed"]) for one in found)
    repeated = {(title, score) for (title, score, _), count in several.items() if count > 1}
    shared: dict[tuple[str, str], _Shared] = {}
    for one in found:
        again = (one.title, one.score) in repeated
        choices = [value for axis, value in one.where.items() if axis != "seed"]
        name = shown_name(one.title, choices, repeated=again)
        made = shared.setdefault((one.score, name), _Shared(name, [], set()))
        path = one.cells[0].run.baseline_score(one.name, one.score) if one.name else None
        made.scores.append(_read(one.score, one.figures, path))
        made.cells.update(cell.cell.name for cell in one.cells)
    by_score: dict[str, list[_Shared]] = {}
    for (score, _), made in shared.items():
        by_score.setdefault(score, []).append(made)
    return by_score


def _of_score(
    name: str, cells: Mapping[str, Sequence[Score]], baselines: Sequence[_Shared], seed: int
) -> pd.DataFrame:
    """Return the differences in one score; `p` is not corrected."""
    averaged = {cell: _averaged(scores) for cell, scores in cells.items()}
    pairs = [(one, averaged[one], other, averaged[other]) for one, other in combinations(cells, 2)]
    for shared in baselines:
        baseline = _averaged(shared.scores)
        pairs += [
            (cell, averaged[cell], shared.name, baseline) for cell in cells if cell in shared.cells
        ]
    rows = [
        {"score": name, "one": one, "other": other, **_pair(found, compared, seed)}
        for one, found, other, compared in pairs
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _averaged(scores: Sequence[Score]) -> Score | str:
    """Return the mean over seeds, or why there is none."""
    try:
        return mean_rows(scores)
    except InputError as error:
        return str(error)


def _pair(one: Score | str, other: Score | str, seed: int) -> dict[str, object]:
    if isinstance(one, str) or isinstance(other, str):
        return _none(one if isinstance(one, str) else str(other))
    try:
        found = paired_difference(one, other, seed=seed)
        gap, unit = paired_gap(one, other)
    except InputError as error:
        return _none(str(error))
    p = sign_flip_p(gap, unit, seed=seed)
    alone = math.isnan(p)  # one compound: nothing says how sure it is
    return {
        "difference": found.value,
        "low": math.nan if alone else found.low,
        "high": math.nan if alone else found.high,
        "n": found.n,
        "p": p,
        "note": "one unit alone: no interval" if alone else "",
    }


def _none(why: str) -> dict[str, object]:
    return {**dict.fromkeys(("difference", "low", "high", "p"), math.nan), "n": 0, "note": why}


def _score(one: Finished, name: str) -> Score:
    return _read(name, one.results.scores[name], one.run.score(name))


def _read(name: str, figures: Mapping[str, Any], path: Path | None) -> Score:
    """Return a score with its rows; without any where they are not there."""
    value = figures.get("value")
    rows = read_rows(path)
    # Infinite values have no mean: they are missing.
    rows = rows.assign(value=rows["value"].replace([np.inf, -np.inf], np.nan))
    return Score(name, math.nan if value is None else float(value), rows=rows, n=len(rows))
