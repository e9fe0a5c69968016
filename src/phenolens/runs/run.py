"""The whole science: recipe in, scores out."""

from __future__ import annotations

import time
from pathlib import Path

from phenolens.core.machine import Machine
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.report.page import render
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.job import Job
from phenolens.runs.judge import judge
from phenolens.runs.processes import process, wait_until
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results, now
from phenolens.runs.source import Opened, inputs_of


def run(
    recipe: Recipe | Path | str,
    root: Path | str = ".",
    out: Path | str | None = None,
    say: Say = silent,
    cache: Path | str | None = None,
    machine: Machine | None = None,
) -> Results:
    """Learn, embed, profile, score and report, as the recipe says; resume, or return what is there.

    A run is a sequence of stages (`runs.stages`). A stage that this or another run has made is
    found in the cache, and not made again. The folder of the run is complete without the cache.

    Where torchrun starts several processes, all of them train and the first does the rest.

    Args:
        recipe: A recipe, or the path of one.
        root: Folder of the data.
        out: Folder of the run; `runs/<name>` when None.
        say: Called with a short sentence per stage.
        cache: Folder of the stages; `phenolens-cache` next to the folder of the run when None.
        machine: Device, threads and the like; they change no result.

    Raises:
        InputError: Recipe, data or folder do not fit: says where and how to fix it.

    Example:
        >>> from phenolens import run
        >>> results = run("recipes/quickstart.toml")  # doctest: +SKIP
    """
    recipe = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe, root=root)
    folder = RunFolder(Path(out) if out else Path("runs") / recipe.name)
    source = recipe.open(Path(root))
    inputs = inputs_of(source, recipe.makers)
    place = Path(cache) if cache else folder.root.parent / CACHE
    with Cache(place, say) as stages:
        job = Job(recipe, folder, stages, machine or Machine(), say, inputs)
        if job.is_done():
            say(f"{folder.root} is done")
            return _finished(folder)
        if process():
            source.assist(job)
            wait_until(job.is_done)
            return Results.read(folder.root)
        return _run(job, source)


def _run(job: Job, source: Opened) -> Results:
    """Make or find every stage, and write what they give."""
    started, clock = now(), time.perf_counter()
    job.begin()
    learned = source.embeddings(job)  # prepare, train, embed
    scores, baselines, notes = judge(job, learned)  # profile, score
    results = Results(
        recipe=job.recipe.name,
        scores=scores,
        baselines=baselines,
        cost={**learned.cost, "total_seconds": round(time.perf_counter() - clock, 1)},
        notes=notes,
        folder=job.folder.root,
    )
    results.write(job.recipe, started, learned.data)
    render(job.folder.root)
    return results


def _finished(folder: RunFolder) -> Results:
    """Return the results of a finished run, whose page is made if it is absent."""
    if not folder.report.exists() and not process():
        render(folder.root)
    return Results.read(folder.root)
