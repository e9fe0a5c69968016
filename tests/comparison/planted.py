"""Finished cells with planted scores: no run, no grid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.comparison.finished import Finished
from phenolens.comparison.note import Known
from phenolens.core.run_folder import RunFolder
from phenolens.runs.results import Results

Values = Sequence[float] | np.ndarray


def known(choices: Mapping[str, str], seed: int = 0, name: str = "") -> Known:
    """Return what a folder knows of a cell."""
    return Known(name or "+".join(choices.values()), choices, seed, "hash")


def rows_of(values: Values, doses: int = 1, prefix: str = "c") -> pd.DataFrame:
    """Return rows of treatments, `doses` of them per compound."""
    compound = [f"{prefix}{k // doses}" for k in range(len(values))]
    treatment = [f"{name}@{k % doses}" for k, name in enumerate(compound)]
    return pd.DataFrame({"treatment": treatment, "compound": compound, "value": [*values]})


def plant(
    root: Path,
    choices: Mapping[str, str],
    scores: Mapping[str, pd.DataFrame | float],
    *,
    seed: int = 0,
    cost: Mapping[str, Any] | None = None,
    figures: Mapping[str, float] | None = None,
    data: str = "wells.csv",
    metric: str = "nsc",
) -> Finished:
    """Return a finished cell whose scores have these rows; a number has none.

    Args:
        root: Folder of the comparison.
        choices: Axis -> value.
        scores: Name -> rows.
        seed: Of the run.
        cost: Of the run.
        figures: Of every score.
        data: What it reads.
        metric: What the scores are in the catalogue.
    """
    cell = known(choices, seed)
    run = RunFolder(root / f"{cell.name}-seed{seed}")
    run.scores.mkdir(parents=True)
    summaries = {}
    for name, rows in scores.items():
        value = rows if isinstance(rows, float) else float(rows["value"].mean())
        summaries[name] = {"value": None if math.isnan(value) else value, "figures": figures or {}}
        if isinstance(rows, pd.DataFrame):
            rows.to_parquet(run.score(name))
    results = Results("r", summaries, {}, cost or {}, (), run.root)
    settings = {
        "profiles": {"table": data},
        "metrics": {name: {"metric": metric} for name in scores},
    }
    return Finished(cell, run, results, settings)
