"""The stages that a run will need have the keys that it then has."""

from __future__ import annotations

import json
from pathlib import Path

from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.job import Job
from phenolens.runs.planned import planned_stages
from phenolens.runs.recipe import Recipe
from phenolens.runs.source import inputs_of


def test_of_images_they_are_those_of_the_finished_run(
    tiny: Path, finished: Path, tmp_path: Path
) -> None:
    recipe = Recipe.load(tiny)
    opened = recipe.open(Path())
    inputs = inputs_of(opened, recipe.makers)
    folder = RunFolder(tmp_path / "run")
    job = Job(recipe, folder, Cache(tmp_path / CACHE), Machine(), silent, inputs)
    found = {stage.key: stage.name for stage in planned_stages(job, opened)}
    made = json.loads((finished / "provenance.json").read_text())["stages"]
    of_run = {key for slot, key in made.items() if "baseline_scores/" not in slot}
    assert of_run <= set(found)
    assert sorted(found.values()) == sorted(
        ["prepare", "limits", "train", "embed", "profile"]
        + ["baseline"] * len(recipe.settings["baselines"])
        + ["score"] * len(recipe.metrics)
    )
    assert not list(tmp_path.iterdir())
