"""The whole science: recipe in, scores out."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.lock import held
from phenolens.core.machine import Machine
from phenolens.core.peak_memory import peak_process_mb
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.core.target import refuse_detour
from phenolens.core.threads import kept_threads
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.folder import release
from phenolens.runs.job import Job
from phenolens.runs.judge import judge
from phenolens.runs.leftovers import clear_cache, clear_folder
from phenolens.runs.ownership import refuse_foreign, refuse_inputs, refuse_inside
from phenolens.runs.page import keep_page
from phenolens.runs.processes import process, wait_until
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results, now
from phenolens.runs.source import Opened, inputs_of


def run(  # noqa: PLR0913  # what to run and where, then how
    recipe: Recipe | Path | str,
    root: Path | str = ".",
    out: Path | str | None = None,
    say: Say = silent,
    cache: Path | str | None = None,
    machine: Machine | None = None,
    *,
    wait: bool = False,
    page: bool = True,
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
        wait: Whether to wait where another process writes into the folder of the run.
        page: Whether to make the page, or make it again where it is damaged.

    Raises:
        InputError: Recipe, data or folder do not fit, or another process writes into the folder:
            says where and how to fix it. A metric that cannot be computed is in `failed` instead.

    Example:
        >>> from phenolens import run
        >>> results = run("recipes/quickstart.toml")  # doctest: +SKIP
    """
    recipe = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe, root=root)
    folder = RunFolder(Path(out) if out else Path("runs") / recipe.name)
    place = Path(cache) if cache else folder.root.parent / CACHE
    machine = machine or Machine()
    for named in (folder.root, place):
        refuse_detour(named)
    refuse_inside(folder, place)
    if process():  # the first one holds the folder, and says what there is to say
        with Cache(place) as stages:
            return _assist(Job(recipe, folder, stages, machine, silent, {}), Path(root))
    refuse_foreign(folder)
    source = _opened(recipe, Path(root))  # before anything is written
    refuse_inputs(folder, source.paths)
    with held(folder.root, say, wait=wait), Cache(place, say) as stages:
        if wait:  # the data may have changed while another process was waited for
            source = recipe.open(Path(root))
        clear_folder(folder)
        clear_cache(place)
        _complete(
            Job(recipe, folder, stages, machine, say, inputs_of(source, recipe.makers)), source
        )
        if page:
            keep_page(folder, say)
        return Results.read(folder.root)


def _opened(recipe: Recipe, root: Path) -> Opened:
    """Return what is read; where the data are not here, the message says how to name their folder.

    Raises:
        InputError: They cannot be read.
    """
    try:
        return recipe.open(root)
    except InputError as error:
        if (
            root == Path()
            and error.where
            and (error.where == "." or not Path(error.where).exists())
        ):
            here = "data are looked for in this folder: name theirs with --root"
            fix = f"{error.fix}; {here}" if error.fix else here
            raise InputError(error.what, where=error.where, fix=fix) from error
        raise


def _assist(job: Job, root: Path) -> Results:
    """Do the part of a further process of the run: train along with the first one."""
    source = job.recipe.open(root)
    job = replace(job, inputs=inputs_of(source, job.recipe.makers))
    if not job.is_done():
        source.refuse(job)
        source.assist(job)
        wait_until(job.has_ended)
    return Results.read(job.folder.root)


def _complete(job: Job, source: Opened) -> None:
    """Run, unless the results are there already."""
    if job.is_done():
        job.say(f"{job.folder.root} is done")
        return
    source.refuse(job)  # before the folder of the run is begun
    with kept_threads():
        _run(job, source)


def _run(job: Job, source: Opened) -> None:
    """Make or find every stage, and write what they give."""
    started, clock = now(), time.perf_counter()
    job.begin()
    try:
        learned = source.embeddings(job)  # prepare, train, embed
        found = judge(job, learned)  # profile, score, explain
    except InputError:
        release(job.folder)
        raise
    results = Results(
        recipe=job.recipe.name,
        scores=found.scores,
        failed=found.failed,
        baselines=found.baselines,
        cost={
            **learned.cost,
            **job.stage_cost(),
            "total_seconds": round(time.perf_counter() - clock, 1),
            "process_memory_mb": round(peak_process_mb()),
        },
        notes=found.notes,
        folder=job.folder.root,
        training=learned.training,
        explanations=found.explanations,
    )
    results.write(job.recipe, started, learned.data, job.slots)
