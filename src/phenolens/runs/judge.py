"""The judgement: the result is profiled, scored and explained; each baseline is scored too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

from phenolens.core.errors import InputError
from phenolens.core.registry import find
from phenolens.core.score import Score
from phenolens.runs.explain import Summaries, explain
from phenolens.runs.forget import forget_scores
from phenolens.runs.job import Job
from phenolens.runs.learned import Embeddings, Learned
from phenolens.runs.profile import Profiled
from phenolens.runs.same_kernels import same_kernels
from phenolens.runs.score import keep_scores, score
from phenolens.statistics.paired import paired_difference

Summary = dict[str, Any]


class Judged(NamedTuple):
    """What a run found.

    Attributes:
        scores: Summaries of the result's scores, by name.
        baselines: The same of each baseline, by title.
        notes: What a reader must know.
        explanations: Summaries by name and model.
    """

    scores: dict[str, Summary]
    baselines: dict[str, dict[str, Summary]]
    notes: tuple[str, ...]
    explanations: Summaries


def judge(job: Job, learned: Learned) -> Judged:
    """Return what the run found.

    Profiles, rows of the scores and explanations are brought into the run folder.
    """
    with same_kernels(job.folder, job.say):
        profiled = Profiled(job, learned.embeddings)
        profiled.keep()
        scores = score(job, profiled)
        forget_scores(job.folder, job.recipe.metrics, _names(job).values())
        keep_scores(job, profiled, job.folder.score)
        for one in scores.values():
            job.say(str(one))
        baselines, notes = _compare(job, learned.baselines, scores)
    summaries = {name: one.summary() for name, one in scores.items()}
    return Judged(summaries, baselines, (*learned.notes, *notes), explain(job, learned))


def _compare(
    job: Job, baselines: Mapping[str, Mapping[str, Embeddings]], result: Mapping[str, Score]
) -> tuple[dict[str, dict[str, Summary]], tuple[str, ...]]:
    """Return the summaries of the baselines' scores, and notes on those that cannot be scored.

    Each summary says by how much the result exceeds it, treatment by treatment (`ahead`). A count
    of nuclei may be 0 throughout: the result is not the worse for that, and it is only noted.
    """
    found, notes, names = {}, [], _names(job)
    for title, embeddings in baselines.items():
        profiled = Profiled(job, embeddings)
        try:
            scores = score(job, profiled)
            keep_scores(job, profiled, partial(job.folder.baseline_score, names.get(title, title)))
        except InputError as error:
            notes.append(f"Baseline {title} could not be scored: {error}.")
            job.say(notes[-1])
            continue
        found[title] = {
            name: {**one.summary(), "ahead": ahead(result[name], one, job.recipe.seed)}
            for name, one in scores.items()
        }
        values = ", ".join(f"{k} {_number(v['value'])}" for k, v in found[title].items())
        job.say(f"baseline {title}: {values}")
    return found, tuple(notes)


def _names(job: Job) -> dict[str, str]:
    """Return the name of each baseline of the recipe, by its title."""
    names = job.recipe.settings.get("baselines", ())
    return {str(find("baselines", name, "baselines").title): name for name in names}


def ahead(result: Score, baseline: Score, seed: int) -> dict[str, float] | None:
    """Return by how much a result exceeds a baseline; None where their rows cannot be matched."""
    try:
        return asdict(paired_difference(result, baseline, seed=seed))
    except InputError:
        return None


def _number(value: Any) -> str:
    return "undefined" if value is None else f"{value:.3f}"
