"""The stage `explain`: what each model of a run looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from phenolens.core.command import command_line
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.core.fault import save_trace
from phenolens.core.foreign import foreign_code
from phenolens.core.model_names import of_model
from phenolens.core.own_code import own_code
from phenolens.core.translate import translate
from phenolens.explanations.base import Subject
from phenolens.runs.again import needs_scores, scores_of, scoring
from phenolens.runs.forget import forget_explanations
from phenolens.runs.job import Job
from phenolens.runs.learned import Learned
from phenolens.runs.progress import Bar
from phenolens.runs.same_threads import same_threads
from phenolens.runs.stages import EXPLAINED_BY, Stage

Summaries = dict[str, dict[str, dict[str, Any]]]
_FOLDER = "explanation"


def explain(job: Job, learned: Learned) -> tuple[Summaries, dict[str, str]]:
    """Return the summaries of the recipe's explanations by name and model, and what failed, why.

    Each is made or found in the cache, and brought into the folder of the run. Those of an earlier
    recipe go. One that fails loses no other, not of another model either, and no score, whatever it
    fails by: memory, a full disk, a fault of ours or of a plugin.
    """
    wanted = job.recipe.explanations
    models = _explained(learned)
    places = [job.folder.explanation(name, model) for name in wanted for model in models]
    forget_explanations(job.folder, places)
    found: Summaries = {}
    failed: dict[str, str] = {}
    with same_threads(job.folder, job.say):
        for name, model in product(wanted, models):
            try:
                made = _one(job, learned, name, model)
            except Exception as error:  # the scores are there: a fault here may not lose them
                why = failed[f"explanations.{name}{of_model(model)}"] = _why(error)
                job.say(f"{name}{of_model(model)} could not be made: {why}")
            else:
                found.setdefault(name, {})[model] = made
    return found, failed


def _explained(learned: Learned) -> list[str]:
    """Return the models that are explained: not what is measured and side by side with them."""
    trained = learned.trained
    return [model for model in learned.embeddings if not trained or model in trained]


def _why(error: Exception) -> str:
    """Return why an explanation could not be made; the trace of a fault is saved."""
    known = error if isinstance(error, InputError) else translate(error)
    if known is not None:
        return str(known)
    saved = save_trace(error, command_line())
    details = f"; please report it: the details are in {saved}" if saved else ""
    return f"phenolens itself failed ({type(error).__name__}: {error}){details}"


def _stage(job: Job, learned: Learned, name: str, model: str) -> Stage:
    """Return the stage of one explanation of one model.

    Steps on tables and metrics are part of it only where it asks for scores.
    """
    recipe = job.recipe
    scored = needs_scores(recipe.explanations[name])
    shapes = {
        "embeddings": learned.embeddings[model].key,
        "explanation": recipe.settings["explanations"][name],
        "code": foreign_code(recipe.explanations[name]),
        "own_code": own_code(recipe.explanations[name], EXPLAINED_BY),
        **(scoring(job) if scored else {}),
    }
    return Stage("explain", shapes, f"{recipe.name}: {name} of {model}")


def _one(job: Job, learned: Learned, name: str, model: str) -> dict[str, Any]:
    stage = _stage(job, learned, name, model)
    place = job.folder.explanation(name, model)
    job.obtain(stage, {_FOLDER: place}, partial(_build, job, learned, name, model))
    job.say(f"{name}{of_model(model)}: done")
    return Explanation.load(place).summary()


def _build(job: Job, learned: Learned, name: str, model: str, work: Path) -> None:
    subject = Subject(
        model=model,
        embeddings=learned.embeddings[model].load(),
        images=_images(learned, model),
        scores=partial(scores_of, job) if needs_scores(job.recipe.explanations[name]) else None,
        say=job.say,
        bar=Bar,
    )
    found = job.recipe.explanations[name](subject)
    if not isinstance(found, Explanation):
        raise InputError(
            f"returned {type(found).__name__}, and an explanation returns an Explanation",
            where=f"explanations.{name}",
        )
    found.save(work / _FOLDER)


def _images(learned: Learned, model: str) -> Callable[[], Any] | None:
    """Return what opens a model with its images; None where the run began with a table."""
    if learned.pixels is None:
        return None
    from phenolens.runs.seen import seen  # torch, only where there are pixels

    return partial(seen, learned.pixels, learned.trained[model])
