"""The judgement: the result is profiled, scored and explained; each baseline is scored too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

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


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What was found of the result and of its baselines.

    Attributes:
        scores: Summary of each of the result's scores.
        failed: Why a metric could not be computed, by name.
        baselines: By title, the summary of each score.
        notes: What a reader must know.
        explanations: Summaries by name and model.
    """

    scores: dict[str, Summary]
    failed: dict[str, str]
    baselines: dict[str, dict[str, Summary]]
    notes: tuple[str, ...]
    explanations: Summaries


def judge(job: Job, learned: Learned) -> Judgement:
    """Return what is found of the result and of the baselines.

    Profiles, rows of the scores and explanations are brought into the run folder. What cannot be
    computed is named with its reason, and the others are kept.
    """
    with same_kernels(job.folder, job.say):
        profiled = Profiled(job, learned.embeddings)
        profiled.keep()
        scores, failed = score(job, profiled)
        forget_scores(job.folder, scores, _names(job).values())
        keep_scores(job, profiled, scores, job.folder.score)
        for one in scores.values():
            job.say(str(one))
        for name, why in failed.items():
            job.say(f"{name} could not be computed: {why}")
        baselines, notes = _compare(job, learned.baselines, scores)
    summaries = {name: one.summary() for name, one in scores.items()}
    explanations, unexplained = explain(job, learned)
    return Judgement(
        summaries,
        failed | unexplained,
        baselines,
        (*learned.notes, *profiled.notes(), *notes),
        explanations,
    )


def _compare(
    job: Job, baselines: Mapping[str, Mapping[str, Embeddings]], result: Mapping[str, Score]
) -> tuple[dict[str, dict[str, Summary]], tuple[str, ...]]:
    """Return the summaries of the baselines' scores, and notes on those that cannot be scored.

    Each summary says by how much the result exceeds it, treatment by treatment (`ahead`). A count
    of nuclei may be 0 throughout: the result is not the worse for that, and it is only noted.
    """
    found: dict[str, dict[str, Summary]] = {}
    notes, names = [], _names(job)
    for title, embeddings in baselines.items():
        profiled = Profiled(job, embeddings)
        place = partial(job.folder.baseline_score, names.get(title, title))
        try:
            scores, failed = score(job, profiled, result)
            keep_scores(job, profiled, scores, place)
        except InputError as error:  # a step refuses it
            scores, failed = {}, {"": str(error)}
        for name, why in failed.items():
            of_metric = f" by {name}" if name else ""
            notes.append(f"Baseline {title} could not be scored{of_metric}: {why}.")
            job.say(notes[-1])
        if not scores:
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
