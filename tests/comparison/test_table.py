"""The long table: a row per cell, seed and score; a distinct baseline is one row."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from tests.comparison.fakes import finish

from phenolens.comparison import table as table_module
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.comparison.table import Finished, finished, long_table
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


def test_a_row_per_cell_seed_and_score(folder: ComparisonFolder) -> None:
    table = long_table(finished(folder), folder.axes())
    cells = table[~table["baseline"]]
    assert list(table.columns[:6]) == ["cell", "baseline", "scale", "distance", "seed", "score"]
    assert cells["cell"].tolist() == ["per_plate+cosine", "per_plate+cosine", "robust"]
    assert cells["seed"].tolist() == [0, 1, 0]
    assert cells["scale"].tolist() == ["per_plate", "per_plate", ""]
    assert cells["value"].tolist() == pytest.approx([1 / 3, 0.5, 2 / 3])
    assert cells[["low", "high", "n", "hits"]].iloc[0].tolist() == [0.1, 0.9, 3, 3]
    assert cells["null"].isna().all()
    assert cells["total_seconds"].tolist() == [2.5] * 3
    assert cells["process_memory_mb"].tolist() == [120] * 3


def test_a_baseline_of_many_cells_is_one_row(
    folder: ComparisonFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys(one: Finished) -> dict[str, str]:  # the untrained encoder is another for each seed
        return {"intensity": "i", "untrained": f"u{one.cell.seed}"}

    monkeypatch.setattr(table_module, "_keys_of_baselines", keys)
    table = long_table(finished(folder), folder.axes())
    found = table[table["baseline"]]
    # One chain has two seeds of one set-up, the other chain (robustize) a third cell.
    assert found["cell"].tolist() == [
        "intensity",
        "untrained",
        "untrained",
        "intensity",
        "untrained",
    ]
    assert found["seed"].tolist()[1:] == [0, 1, 0, 0]
    assert pd.isna(found["seed"].iloc[0])
    assert found["scale"].tolist()[:3] == ["per_plate"] * 3
    assert found["total_seconds"].isna().all()


def test_only_finished_cells_of_this_grid_count(folder: ComparisonFolder) -> None:
    run = folder.run("robust-seed0")
    run.recipe.write_text(run.recipe.read_text().replace("seed = 0", "seed = 7"))
    said: list[str] = []
    assert len(finished(folder, said.append)) == 2
    assert len(said) == 1
    assert said[0].startswith("robust-seed0 is left out:")
    with pytest.raises(InputError, match="is not the folder of a comparison"):
        finished(ComparisonFolder(folder.root / "cells"))


def test_the_table_of_nothing_has_its_columns() -> None:
    assert "process_memory_mb" in long_table((), ("a",)).columns
    assert {field.name for field in dataclasses.fields(Finished)} >= {"cell", "results"}
