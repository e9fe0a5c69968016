"""Profiles of different lengths at one number of principal components."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.comparison.grid import Grid
from phenolens.comparison.width import at_width
from phenolens.core.errors import InputError


def test_without_an_aggregate_the_step_is_the_last() -> None:
    assert at_width({}, 3)["profiling"] == [{"step": "pca", "components": 3}]
    steps = [{"step": "aggregate"}, {"step": "standardize"}, {"step": "aggregate"}]
    made = at_width({"profiling": steps, "seed": 1}, 3)
    assert [step["step"] for step in made["profiling"]] == [
        *("aggregate", "standardize", "pca", "aggregate")
    ]
    assert made["seed"] == 1
    assert len(steps) == 3


def test_the_key_of_a_grid_is_an_axis_of_two_values(place: Path) -> None:
    (place / "grid.toml").write_text('recipe = "wells.toml"\npca = 4\n')
    grid = Grid.load(place / "grid.toml", root=place)
    assert grid.axes == ("width",)
    assert [cell.name for cell in grid.cells] == ["own", "pca4"]
    chains = [[s["step"] for s in cell.recipe.settings["profiling"]] for cell in grid.cells]
    assert chains == [["standardize", "aggregate"], ["standardize", "pca", "aggregate"]]
    assert grid.cells[1].recipe.settings["profiling"][1]["components"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pca = 0", "pca: must be 1 or more, got 0"),
        ("pca = true", "pca"),
        ("pca = 2\n[axes.width]\nx = {}", "axes.width: is a column of every table"),
    ],
)
def test_a_wrong_key_is_named(place: Path, text: str, message: str) -> None:
    (place / "grid.toml").write_text(f'recipe = "wells.toml"\n{text}\n')
    with pytest.raises(InputError, match=message):
        Grid.load(place / "grid.toml", root=place)
