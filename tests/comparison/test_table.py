"""The long table: a row per cell, seed and score; a distinct baseline is one row."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
from tests.comparison.fakes import finish, seal

from phenolens.comparison.finished import Finished, finished
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.comparison.table import figures_table, long_table


def test_a_row_per_cell_seed_and_score(three: ComparisonFolder) -> None:
    table = long_table(finished(three), three.axes())
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


def test_a_cell_may_be_a_baseline(place: Path) -> None:
    text = (
        (place / "grid.toml").read_text().replace('name = "robust"', 'name = "r"\nbaseline = true')
    )
    (place / "grid.toml").write_text(text)
    folder = ComparisonFolder(place / "out")
    claim(folder, Grid.load(place / "grid.toml", root=place))
    for name in ("r-seed0", "none+cosine-seed0"):
        finish(folder.run(name), folder.recipe(name), {"t0": 1.0})
    table = long_table(finished(folder), folder.axes())
    assert table.set_index("cell")["baseline"].to_dict() == {"r": True, "none+cosine": False}


def test_what_a_score_found_besides_is_a_table_of_its_own(three: ComparisonFolder) -> None:
    run = three.run("robust-seed0")
    content = json.loads(run.results.read_text())
    content["scores"]["nsc"]["figures"] = {"recall": 0.5, "spread": None}
    content["baselines"]["intensity"]["nsc"]["figures"] = {"recall": 0.25}
    run.results.write_text(json.dumps(content))
    seal(run)
    found = figures_table(finished(three), three.axes())
    assert list(found.columns) == [
        *("cell", "baseline", "scale", "distance", "seed", "score", "figure", "value")
    ]
    rows = found.set_index(["cell", "figure"])["value"]
    assert rows[("robust", "recall")] == 0.5
    assert pd.isna(rows[("robust", "spread")])
    assert rows[("intensity", "recall")] == 0.25
    assert len(found) == 3


def test_the_table_of_nothing_has_its_columns() -> None:
    assert {"process_memory_mb", "found"} <= set(long_table((), ("a",)).columns)
    assert {field.name for field in dataclasses.fields(Finished)} >= {"cell", "results"}
