"""The folder of a comparison belongs to its grid."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.comparison.folder import ComparisonFolder, claim, refuse_other
from phenolens.comparison.grid import Grid
from phenolens.core.errors import InputError
from phenolens.runs.recipe import Recipe


def test_it_knows_its_cells_and_has_their_recipes(place: Path) -> None:
    grid, folder = Grid.load(place / "grid.toml"), ComparisonFolder(place / "out")
    assert folder.cells() == {}
    claim(folder, grid)
    cells = folder.cells()
    assert list(cells) == [cell.folder for cell in grid.cells]
    assert cells["none+cosine-seed1"].choices == {"scale": "none", "distance": "cosine"}
    assert folder.axes() == ("scale", "distance")
    for cell in grid.cells:
        assert Recipe.load(folder.recipe(cell.folder)).identity == cell.recipe.identity


def test_more_cells_are_the_same_comparison_and_others_are_not(place: Path) -> None:
    folder = ComparisonFolder(place / "out")
    claim(folder, Grid.load(place / "grid.toml"))
    said: list[str] = []
    text = (place / "grid.toml").read_text()
    (place / "grid.toml").write_text(text.replace("[0, 1]", "[0, 1, 2]"))
    claim(folder, Grid.load(place / "grid.toml"), said.append)
    assert said == ["4 cells more than before"]
    (place / "grid.toml").write_text(text)
    with pytest.raises(InputError, match="belongs to another grid: yours is without"):
        refuse_other(folder, Grid.load(place / "grid.toml"))
    (place / "grid.toml").write_text(text.replace("[0, 1]", "[0, 1, 2]"))
    with pytest.raises(InputError, match=r"yours is with other recipes of \['per_plate\+cosine"):
        refuse_other(folder, Grid.load(place / "grid.toml", ["metrics.nsc.permutations=5"]))


def test_files_of_somebody_else_stay(place: Path) -> None:
    grid = Grid.load(place / "grid.toml")
    with pytest.raises(InputError, match=r"holds files, and is not a comparison.*wells\.csv"):
        claim(ComparisonFolder(place), grid)
    with pytest.raises(InputError, match="is a file"):
        claim(ComparisonFolder(place / "wells.csv"), grid)
    folder = ComparisonFolder(place / "out")
    claim(folder, grid)
    (folder.root / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"mine\.txt"):
        claim(folder, grid)


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 1, "axes": []}', '{"axes": []}'])
def test_a_damaged_note_is_named(place: Path, text: str) -> None:
    folder = ComparisonFolder(place / "out")
    claim(folder, Grid.load(place / "grid.toml"))
    folder.note.write_text(text)
    with pytest.raises(InputError, match=r"grid\.json: is damaged"):
        folder.cells()
    folder.note.write_text('{"axes": [], "cells": {"a": {"b": 1}}}')
    with pytest.raises(InputError, match=r"grid\.json: is damaged"):
        folder.cells()


def test_claims_that_somebody_wrote_are_not_replaced(place: Path) -> None:
    mine = '[[claim]]\nid = "a"\ntext = "t"\nscore = "nsc"\none = { scale = "none" }\n'
    (place / "mine.toml").write_text(f'{mine}other = {{ scale = "per_plate" }}\nexpect = "more"\n')
    grid_text = (place / "grid.toml").read_text()
    folder = ComparisonFolder(place / "out")
    for claims in ("", 'claims = "mine.toml"\n', ""):  # the grid's own come and go
        (place / "grid.toml").write_text(claims + grid_text)
        claim(folder, Grid.load(place / "grid.toml", root=place))
        assert folder.claims.exists() == bool(claims)
    folder.claims.write_text("# my notes")
    with pytest.raises(InputError, match=r"claims\.toml: was changed by somebody"):
        claim(folder, Grid.load(place / "grid.toml", root=place))
    assert folder.claims.read_text() == "# my notes"
    folder.claims.write_bytes(b"\xff\0")
    with pytest.raises(InputError, match=r"claims\.toml: was changed by somebody"):
        claim(folder, Grid.load(place / "grid.toml", root=place))
    assert folder.claims.read_bytes() == b"\xff\0"


def test_links_in_the_folder_are_not_written_through(place: Path) -> None:
    grid, folder = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    claim(folder, grid)
    (place / "mine").mkdir()
    (folder.root / "logs").symlink_to(place / "mine")
    with pytest.raises(InputError, match="logs: is a link, and a comparison writes files"):
        claim(folder, grid)
