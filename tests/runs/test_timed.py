"""A few steps of a training are timed, and leave nothing but the prepared pixels."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe
from phenolens.runs.timed import TIMED, WARM_UP, Pace, timed_steps


def test_steps_of_the_tiny_training_are_timed(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(tiny, ["training.epochs=50"])
    opened = recipe.open(Path())
    with Cache(tmp_path / CACHE) as cache:
        job = Job(recipe, RunFolder(tmp_path / "run"), cache, Machine(), silent, opened.inputs)
        found = timed_steps(job, opened, {})
        (pace,) = found.values()
        assert pace.steps > WARM_UP + TIMED
        assert 0 < pace.seconds_per_step < 60
        assert pace.seconds == pace.seconds_per_step * pace.steps
        assert timed_steps(job, opened, found) == {}
    assert sorted(p.name for p in (tmp_path / CACHE).iterdir() if p.is_dir()) == [
        "limits",
        "prepare",
    ]
    assert not (tmp_path / "run").exists()


def test_pace_counts_all_steps() -> None:
    assert Pace(0.5, 10).seconds == 5
