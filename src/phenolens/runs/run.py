"""The whole science: recipe in, scores out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from phenolens.chains.chain import stages
from phenolens.chains.scoring import scored
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.runs.folder import Folder, Results, now, write_scores
from phenolens.runs.learned import Learned
from phenolens.runs.processes import rank, wait_for
from phenolens.runs.recipe import Recipe
from phenolens.statistics.paired import paired_difference

Say = Callable[[str], None]


def run(
    recipe: Recipe | Path | str,
    root: Path | str = ".",
    out: Path | str | None = None,
    say: Say = lambda _: None,
) -> Results:
    """Learn, embed, profile and score, as the recipe says; resume or return what is there already.

    Where torchrun starts several processes, all of them train and the first does the rest.

    Args:
        recipe: A recipe, or the path of one.
        root: Folder of the data.
        out: Folder of the run; `runs/<name>` when None.
        say: Told of every stage, in a few words.

    Raises:
        InputError: Recipe, data or folder do not fit: says where and how to fix it.

    Example:
        >>> from phenolens import run
        >>> results = run("recipes/quickstart.toml")  # doctest: +SKIP
    """
    recipe = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe)
    folder = Folder(Path(out) if out else Path("runs") / recipe.name)
    if rank():
        return _assist(recipe, Path(root), folder)
    if folder.begin(recipe):
        say(f"{folder.root} is done")
        return Results.read(folder.root)
    started, clock = now(), time.perf_counter()
    learned = _learned(recipe, Path(root), folder, say)
    made = _profile(recipe, learned.embeddings)
    made[len(recipe.profiling)].save(folder.root / "profiles.parquet")
    scores = scored(made, recipe.metrics, recipe.stages)
    for score in scores.values():
        say(str(score))
    write_scores(folder.root, scores)
    baselines, notes = _baselines(recipe, learned, scores, say)
    cost = {**learned.cost, "total_seconds": round(time.perf_counter() - clock, 1)}
    results = Results(
        recipe.name, _summaries(scores), baselines, cost, (*learned.notes, *notes), folder.root
    )
    results.write(recipe, started, learned.data)
    return results


def _assist(recipe: Recipe, root: Path, folder: Folder) -> Results:
    """Train along with the first process, which does all else; return what it wrote."""
    if recipe.learning and not folder.results.exists():
        from phenolens.runs.learn import assist

        assist(recipe, recipe.learning, root, folder)
    wait_for(folder.results)
    return Results.read(folder.root)


def _learned(recipe: Recipe, root: Path, folder: Folder, say: Say) -> Learned:
    """Return embeddings: of a screen, or the profiles that a table brings."""
    if recipe.learning:
        from phenolens.runs.learn import learn  # torch, only where there are pixels

        return learn(recipe, recipe.learning, root, folder, say)
    assert recipe.profiles
    profiles = recipe.profiles.load(root)
    say(f"{len(profiles)} profiles of {len(profiles.names)} features")
    return Learned(embeddings={"table": profiles}, data=asdict(recipe.profiles))


def _baselines(
    recipe: Recipe, learned: Learned, scores: Mapping[str, Score], say: Say
) -> tuple[dict[str, dict[str, dict[str, Any]]], list[str]]:
    """Return the baselines' scores, and in words those that could not be had.

    Each says by how much the result exceeds it, treatment by treatment (`ahead`). A count of
    nuclei may be nil throughout: that takes nothing from the result it stands beside.
    """
    found, notes = {}, []
    for name, embeddings in learned.baselines.items():
        try:
            own = scored(_profile(recipe, embeddings), recipe.metrics, recipe.stages)
            found[name] = _summaries(own)
            for key, score in own.items():
                found[name][key]["ahead"] = _ahead(scores[key], score, recipe.seed)
        except InputError as error:
            notes.append(f"Baseline {name} could not be scored: {error}.")
            say(notes[-1])
            continue
        told = ", ".join(f"{k} {_number(v['value'])}" for k, v in found[name].items())
        say(f"baseline {name}: {told}")
    return found, notes


def _ahead(result: Score, baseline: Score, seed: int) -> dict[str, float] | None:
    """Return by how much a result exceeds a baseline, None where their rows cannot be matched."""
    try:
        return asdict(paired_difference(result, baseline, seed=seed))
    except InputError:
        return None


def _profile(recipe: Recipe, embeddings: Mapping[str, Profiles]) -> dict[int, Profiles]:
    """Return what the recipe's steps make of each model's embeddings, side by side.

    By the number of steps done: after all of them, and where a metric wants it earlier.
    """
    wanted = {len(recipe.profiling), *recipe.stages.values()}
    made = {name: stages(given, recipe.profiling, wanted) for name, given in embeddings.items()}
    return {
        stage: Profiles.concatenate({name: found[stage] for name, found in made.items()})
        if len(made) > 1
        else next(iter(made.values()))[stage]
        for stage in wanted
    }


def _summaries(scores: Mapping[str, Score]) -> dict[str, dict[str, Any]]:
    return {name: score.summary() for name, score in scores.items()}


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
