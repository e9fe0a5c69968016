"""A small comparison of tables: nothing is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.comparison.fakes import finish

from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid

RECIPE = """
name = "wells"
seed = 3

[profiles]
table = "wells.csv"

[[profiling]]
step = "standardize"
by = ["plate"]

[[profiling]]
step = "aggregate"
by = ["treatment"]

[metrics.nsc]
permutations = 20
"""

GRID = """
name = "scalings"
recipe = "wells.toml"
seeds = [0, 1]

[axes.scale]
per_plate = {}
none = { profiling = [{ step = "aggregate", by = ["treatment"] }] }

[axes.distance]
cosine = {}
euclidean = { "metrics.nsc.distance" = "euclidean" }

[[exclude]]
scale = "none"
distance = "euclidean"

[[cells]]
name = "robust"
set = { "profiling.0.step" = "robustize" }
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a table of wells, a recipe about it and a grid of it."""
    rng = np.random.default_rng(0)
    centres, rows, features = rng.normal(size=(4, 6)), [], []
    for plate in range(2):
        shift = 2 * rng.normal(size=6)
        for k in range(12):
            treated = k < 8
            rows.append(
                {
                    "Metadata_Plate": f"p{plate}",
                    "Metadata_Well": f"A{k + 1:02d}",
                    "Metadata_Compound": f"c{k}" if treated else "DMSO",
                    "Metadata_moa": f"m{k // 2}" if treated else None,
                }
            )
            centre = 2 * centres[k // 2] if treated else np.zeros(6)
            features.append(centre + shift + 0.5 * rng.normal(size=6))
    table = pd.DataFrame(rows)
    table[[f"Cells_f{i}" for i in range(6)]] = np.array(features)
    table.to_csv(tmp_path / "wells.csv", index=False)
    (tmp_path / "wells.toml").write_text(RECIPE)
    (tmp_path / "grid.toml").write_text(GRID)
    return tmp_path


@pytest.fixture
def three(place: Path) -> ComparisonFolder:
    """Return a comparison of which three cells are finished."""
    grid, made = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    claim(made, grid)
    for k, name in enumerate(["per_plate+cosine-seed0", "per_plate+cosine-seed1", "robust-seed0"]):
        values = {"t0": 0.0, "t1": 1.0, "t2": k / 2}
        finish(made.run(name), made.recipe(name), values, {"intensity": 0.25, "untrained": k / 4})
    return made
