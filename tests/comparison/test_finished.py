"""Which cells of a comparison are finished."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.comparison.fakes import finish

from phenolens.comparison.finished import finished
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.core.errors import InputError


@pytest.fixture
def folder(place: Path) -> ComparisonFolder:
    """Return a comparison of which three cells are finished."""
    grid, made = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    claim(made, grid)
    for k, name in enumerate(["per_plate+cosine-seed0", "per_plate+cosine-seed1", "robust-seed0"]):
        values = {"t0": 0.0, "t1": 1.0, "t2": k / 2}
        finish(made.run(name), made.recipe(name), values, {"intensity": 0.25, "untrained": k / 4})
    return made


def test_only_finished_cells_of_this_grid_count(folder: ComparisonFolder) -> None:
    run = folder.run("robust-seed0")
    run.recipe.write_text(run.recipe.read_text().replace("seed = 0", "seed = 7"))
    said: list[str] = []
    assert len(finished(folder, said.append)) == 2
    assert len(said) == 1
    assert said[0].startswith("robust-seed0 is left out:")
    with pytest.raises(InputError, match="is not the folder of a comparison"):
        finished(ComparisonFolder(folder.root / "cells"))


def test_what_was_changed_since_is_left_out_by_name(folder: ComparisonFolder) -> None:
    """Rows and figures that somebody edited are nobody's result."""
    rows = folder.run("robust-seed0").score("nsc")
    pd.read_parquet(rows).assign(value=1.0).to_parquet(rows)
    results = folder.run("per_plate+cosine-seed0").results
    results.write_text(results.read_text().replace('"hits": 3', '"hits": 4'))
    said: list[str] = []
    assert [one.cell.seed for one in finished(folder, said.append)] == [1]
    assert "results.json: is damaged (its content has changed)" in said[0]
    assert "nsc.parquet: is damaged" in said[1]
