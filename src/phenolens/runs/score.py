"""The stage `score`: one metric of the profiles it asks for, with the rows it is the mean of."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.chains.scoring import BEFORE
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.foreign import foreign_code
from phenolens.core.inside import literal
from phenolens.core.score import Metric, Score
from phenolens.core.small_files import read_small
from phenolens.core.translate import translate
from phenolens.runs.job import Job
from phenolens.runs.profile import Profiled
from phenolens.runs.stages import Stage

_SCORE, _ROWS = "score.json", "rows.parquet"


class MetricError(InputError):
    """A metric cannot be computed of these profiles; another one may be."""


def score(
    job: Job, profiled: Profiled, names: Collection[str] | None = None
) -> tuple[dict[str, Score], dict[str, str]]:
    """Return the scores, made or found in the cache, and why a metric could not be computed.

    Args:
        job: Of the run.
        profiled: What is scored.
        names: Of the recipe's metrics; None: all.

    Returns:
        Scores by name, and the reason for each of the other names.
    """
    found, failed = {}, {}
    for name, stage in score_stages(job, profiled).items():
        if names is not None and name not in names:
            continue
        try:
            entry = job.cache.make(stage, partial(_build, job, name, profiled))
        except MetricError as error:
            failed[name] = str(error)
        else:
            found[name] = load_score(entry)
    return found, failed


def keep_scores(
    job: Job, profiled: Profiled, names: Collection[str], place: Callable[[str], Path]
) -> None:
    """Bring the rows of scores into the run folder.

    Args:
        job: Of the run.
        profiled: What was scored.
        names: Of the scores.
        place: Name of a score -> its path in the run folder.
    """
    for name, stage in score_stages(job, profiled).items():
        if name in names:
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
    profiles = profiled.load(job.recipe.stages[name])
    try:
        made = metric(profiles)
    except InputError as error:
        raise MetricError(error.what, where=error.where, fix=error.fix) from error
    except Exception as error:
        if translate(error) or not foreign_code(metric):
            raise
        raise MetricError(  # of somebody else's metric: not a fault of ours
            f"the metric failed: {type(error).__name__}: {error}",
            where=type(metric).__module__,
            fix="correct it, then give the same run again",
        ) from error
    save_score(made, work)


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
