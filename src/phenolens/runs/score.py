"""The stage `score`: one metric of the profiles it asks for, with the rows it is the mean of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.chains.scoring import BEFORE
from phenolens.core.files import write_text, written
from phenolens.core.foreign import foreign_code
from phenolens.core.inside import literal
from phenolens.core.score import Metric, Score
from phenolens.core.small_files import read_small
from phenolens.runs.job import Job
from phenolens.runs.profile import Profiled
from phenolens.runs.stages import Stage

_SCORE, _ROWS = "score.json", "rows.parquet"


def score(job: Job, profiled: Profiled) -> dict[str, Score]:
    """Return the scores of all metrics of the recipe, made or found in the cache."""
    return {
        name: load_score(job.cache.make(stage, partial(_build, job, name, profiled)))
        for name, stage in score_stages(job, profiled).items()
    }


def keep_scores(job: Job, profiled: Profiled, place: Callable[[str], Path]) -> None:
    """Bring the rows of all scores into the run folder.

    Args:
        job: Of the run.
        profiled: What was scored.
        place: Name of a score -> its path in the run folder.
    """
    for name, stage in score_stages(job, profiled).items():
        job.obtain(stage, {_ROWS: place(name)}, partial(_build, job, name, profiled))


def score_stages(job: Job, profiled: Profiled) -> dict[str, Stage]:
    """Return the stage of each of the recipe's scores, by name."""
    recipe = job.recipe
    found = {}
    for name, metric in recipe.metrics.items():
        settings = {k: v for k, v in recipe.settings["metrics"][name].items() if k != BEFORE}
        key = profiled.key(recipe.stages[name])
        shapes = {"profiles": key, "metric": settings, "code": foreign_code(metric)}
        found[name] = Stage("score", shapes, f"{recipe.name}: {name}")
    return found


def _build(job: Job, name: str, profiled: Profiled, work: Path) -> None:
    metric: Metric = job.recipe.metrics[name]
    save_score(metric(profiled.load(job.recipe.stages[name])), work)


def save_score(made: Score, folder: Path) -> None:
    """Write a score and its rows into a folder."""
    with written(folder / _ROWS) as partial_path:
        made.rows.to_parquet(partial_path)
    content = {f.name: getattr(made, f.name) for f in fields(Score) if f.name != "rows"}
    write_text(folder / _SCORE, json.dumps(content, default=_plain))


def load_score(folder: Path) -> Score:
    """Return a score that `save_score` has written, equal to the last bit."""
    content: dict[str, Any] = json.loads(read_small(folder / _SCORE))
    content["notes"] = tuple(content["notes"])
    return Score(rows=pd.read_parquet(literal(folder / _ROWS)), **content)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a score holds {type(value).__name__}, which JSON does not")
