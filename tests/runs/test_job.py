"""A job knows whether its folder is done, and brings stages into it."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep

from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import Cache
from phenolens.runs.folder import finish
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe
from phenolens.runs.stages import Stage, version


def test_a_job_is_done_once_its_results_are_there(tiny: Path, tmp_path: Path) -> None:
    recipe, folder = Recipe.load(tiny), RunFolder(tmp_path / "run")
    with Cache(tmp_path / "cache") as cache:
        job = Job(recipe, folder, cache, Machine(), silent, {"data": {}, "weights": "", "code": {}})
        assert not job.is_done()
        job.begin()
        stage = Stage("score", {})
        job.obtain(stage, {"x": folder.score("x")}, lambda work: (work / "x").touch())
        assert folder.score("x").exists()
        assert job.slots == {"score scores/x.parquet"}
        found = json.dumps({"version": version(), "recipe_hash": recipe.identity})
        finish(folder, job.slots, "{}", found)
        assert job.is_done()
        assert job.has_ended()
        # Where a metric could not be computed it has ended, and is tried again.
        content = {"version": version(), "recipe_hash": recipe.identity, "failed": {"x": "why"}}
        finish(folder, job.slots, "{}", json.dumps(content))
        assert job.has_ended()
        assert not job.is_done()
        finish(folder, job.slots, "{}", found)
        folder.score("x").write_text("changed")
        assert not job.is_done()


def slowly(work: Path) -> None:
    sleep(0.06)
    (work / "x").touch()


def test_what_the_stages_took_whoever_made_them(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(tiny)
    for name, found in (("first", []), ("second", ["score"])):
        folder = RunFolder(tmp_path / name)
        with Cache(tmp_path / "cache") as cache:
            job = Job(recipe, folder, cache, Machine(), silent, {"data": {}})
            job.begin()
            for stage, path in (
                (Stage("score", {}), folder.score("x")),
                (Stage("baseline", {}), folder.baseline("intensity")),
            ):
                job.obtain(stage, {"x": path}, slowly)
            assert job.stage_cost() == {"stages_seconds": 0.1, "found": found}
