"""The run's own steps and metrics, applied again to other embeddings of the same tiles."""

from __future__ import annotations

from typing import Any

from phenolens.chains.chain import stages
from phenolens.core.errors import InputError
from phenolens.core.foreign import foreign_code
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.metrics.base import better_with
from phenolens.runs.job import Job


def needs_scores(explainer: object) -> bool:
    """Return whether an explanation asks for the scores of changed images."""
    return bool(getattr(type(explainer), "needs_scores", False))


def scoring(job: Job) -> dict[str, Any]:
    """Return what shapes such scores: the recipe's steps and metrics, as plain tables."""
    recipe = job.recipe
    return {
        "profiling": recipe.settings.get("profiling", []),
        "metrics": recipe.settings.get("metrics", {}),
        "scoring_code": foreign_code(*recipe.profiling, *recipe.metrics.values()),
    }


def scores_of(job: Job, embeddings: Profiles) -> dict[str, Score]:
    """Return the scores where a high value is good; a metric that cannot be computed is left out.

    Args:
        job: Of the run.
        embeddings: One row per tile.
    """
    recipe = job.recipe
    made = stages(embeddings, recipe.profiling, set(recipe.stages.values()))
    found = {}
    for name, metric in recipe.metrics.items():
        settings = recipe.settings["metrics"][name]
        if better_with(settings.get("metric", name), settings) != "high":
            continue
        try:
            found[name] = metric(made[recipe.stages[name]])
        except InputError as error:
            job.say(f"{name} could not be computed again: {error}")
    return found
