"""The run's own steps and metrics, applied again, give the run's own scores."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run


def test_the_scores_of_images_as_they_are_are_those_of_the_run(
    finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished.parent, tmp_path / "runs")
    folder = tmp_path / "runs" / finished.name
    made = run(Recipe.load(folder / "recipe.toml", explanations=["background"]), out=folder)
    figures = made.explanations["background"]["joint"]["figures"]
    before = Results.read(folder).scores
    names = [name for name in before if f"{name}_as_it_is" in figures]
    assert names
    for name in names:
        assert figures[f"{name}_as_it_is"] == pytest.approx(before[name]["value"], abs=1e-9)
        assert f"{name}_no_cells" in figures
