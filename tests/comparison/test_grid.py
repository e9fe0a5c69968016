"""A grid of recipes: whole, checked before anything runs, and wrong cells named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.comparison.grid import Grid, find_grid
from phenolens.core.errors import InputError
from phenolens.runs.recipe import Recipe


def test_every_cell_is_a_whole_recipe(place: Path) -> None:
    grid = Grid.load(place / "grid.toml")
    assert (grid.name, grid.axes) == ("scalings", ("scale", "distance"))
    names = ["per_plate+cosine", "per_plate+euclidean", "none+cosine", "robust"]
    assert [cell.folder for cell in grid.cells] == [f"{n}-seed{s}" for n in names for s in (0, 1)]
    second = grid.cells[3]
    assert (second.seed, second.recipe.seed, second.recipe.name) == (1, 1, second.folder)
    assert second.recipe.settings["metrics"]["nsc"]["distance"] == "euclidean"
    assert len(grid.cells[4].recipe.profiling) == 1
    assert grid.cells[6].recipe.settings["profiling"][0]["step"] == "robustize"
    assert len(set(grid.identities.values())) == 8
    assert grid.files == (place / "grid.toml", place / "wells.toml")


def test_changes_of_the_user_reach_every_cell(place: Path) -> None:
    grid = Grid.load(place / "grid.toml", ["metrics.nsc.permutations=7"])
    assert {c.recipe.settings["metrics"]["nsc"]["permutations"] for c in grid.cells} == {7}
    with pytest.raises(InputError, match=r"--set\.seed: is set for each cell"):
        Grid.load(place / "grid.toml", ["seed=7"])


def test_without_seeds_a_recipe_keeps_its_own(place: Path) -> None:
    (place / "one.toml").write_text('recipe = "wells.toml"\n')
    grid = Grid.load(place / "one.toml")
    assert [(cell.name, cell.folder) for cell in grid.cells] == [("wells", "wells-seed3")]
    assert grid.name == "one"
    wanted = Recipe.load(place / "wells.toml", ["name=wells-seed3"])
    assert grid.cells[0].recipe.identity == wanted.identity


def test_wrong_cells_are_named_together(place: Path) -> None:
    text = """
recipe = "wells.toml"
[axes.a]
good = {}
bad = { "metrics.nsc.distance" = "cosines" }
worse = { "profiling.9.step" = "aggregate" }
[axes.b]
x = {}
y = {}
"""
    (place / "grid.toml").write_text(text)
    with pytest.raises(InputError) as found:
        Grid.load(place / "grid.toml")
    message = str(found.value)
    assert message.startswith(
        "grid.toml: 4 of its cells are wrong: ['bad+x', 'bad+y']: metrics.nsc"
    )
    assert "['worse+x', 'worse+y']: axes.a.worse: profiling.9.step: no item '9'" in message


def test_paths_of_a_grid_stay_inside(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "secret.toml").write_text((place / "wells.toml").read_text())
    (place / "grid.toml").write_text(f'recipe = "{other / "secret.toml"}"\n')
    with pytest.raises(InputError, match="leads out of the folder"):
        Grid.load(place / "grid.toml", root=place)
    assert Grid.load(place / "grid.toml", root=place, outside=True).cells
    (place / "grid.toml").write_text('recipe = "wells.toml"\nset = { "profiles.table" = "/etc/x" }')
    with pytest.raises(InputError, match="leads out of the folder"):
        Grid.load(place / "grid.toml", root=place).cells[0].recipe.open(place)


def test_what_is_not_there(place: Path) -> None:
    with pytest.raises(InputError, match="no such grid"):
        find_grid("no_such_grid")
    (place / "grid.toml").write_text('recipe = "quickstrat"\n')
    with pytest.raises(InputError, match=r"grid\.toml: quickstrat: no such recipe"):
        Grid.load(place / "grid.toml")


def test_one_score_is_one_metric(place: Path) -> None:
    text = 'recipe = "wells.toml"\n[axes.m]\na = {}\n'
    text += 'b = { metrics = { nsc = { metric = "knn_accuracy" } } }\n'
    (place / "grid.toml").write_text(text)
    with pytest.raises(InputError, match=r"metrics\.nsc: is the metric Nsc in a and KnnAccuracy"):
        Grid.load(place / "grid.toml", root=place)


@pytest.mark.parametrize("change", ["seeds=[0]", "pca=4", "axes.scale={}", "set.seed=1"])
def test_a_change_of_the_grid_itself_is_refused_once(place: Path, change: str) -> None:
    with pytest.raises(InputError, match=r"^--set \w+: is a key of the grid, and --set changes"):
        Grid.load(place / "grid.toml", [change], place)
