"""Mean ranks over queries, by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.comparison.fakes import finish

from phenolens.comparison.finished import Finished, finished
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.comparison.ranks import mean_ranks
from phenolens.metrics.base import Better

CELLS = ("per_plate+cosine", "per_plate+euclidean", "robust")


@pytest.fixture
def folder(place: Path) -> ComparisonFolder:
    folder = ComparisonFolder(place / "out")
    claim(folder, Grid.load(place / "grid.toml", root=place))
    return folder


def cells(folder: ComparisonFolder, values: dict[str, dict[str, float]]) -> tuple[Finished, ...]:
    for run, rows in values.items():
        finish(folder.run(run), folder.recipe(run), rows)
    return finished(folder)


def test_seeds_are_averaged_and_ties_share_their_ranks(folder: ComparisonFolder) -> None:
    made = cells(
        folder,
        {
            # means over seeds: t0 0.5, t1 0.9; t2 has one seed only
            f"{CELLS[0]}-seed0": {"t0": 0.4, "t1": 0.8, "t2": 1.0},
            f"{CELLS[0]}-seed1": {"t0": 0.6, "t1": 1.0},
            f"{CELLS[1]}-seed0": {"t0": 0.5, "t1": 0.1, "t2": 0.0},
            f"{CELLS[2]}-seed0": {"t1": 0.3, "t0": 0.7, "t3": 0.0},
        },
    )
    found = mean_ranks(made, {"nsc": "high"}).set_index("cell")
    # t0: 2.5, 2.5, 1; t1: 1, 3, 2
    assert found["rank"].to_dict() == dict(zip(CELLS, (1.75, 2.75, 1.5), strict=True))
    assert set(found["n"]) == {2}
    assert set(found["score"]) == {"nsc"}


@pytest.mark.parametrize(("better", "first"), [("high", 1), ("low", 2), ("zero", 2)])
def test_which_values_are_good(folder: ComparisonFolder, better: Better, first: int) -> None:
    made = cells(
        folder,
        {
            f"{CELLS[0]}-seed0": {"t0": 0.4, "t1": 0.8},
            f"{CELLS[1]}-seed0": {"t0": 0.1, "t1": -0.1},
        },
    )
    ranks = mean_ranks(made, {"nsc": better})["rank"].tolist()
    assert ranks == ([1.0, 2.0] if first == 1 else [2.0, 1.0])


def test_what_cannot_be_ranked_is_left_out(folder: ComparisonFolder) -> None:
    one = {f"{CELLS[0]}-seed0": {"t0": 0.4, "t1": 0.8}}
    assert mean_ranks(cells(folder, one), {"nsc": "high", "other": "high"}).empty
    apart = {f"{CELLS[1]}-seed0": {"t8": 0.4, "t9": 0.8}}
    assert mean_ranks(cells(folder, apart), {"nsc": "high"}).empty
    twice = pd.DataFrame({"treatment": ["t0", "t0"], "value": [0.1, 0.2]})
    made = cells(folder, {f"{CELLS[1]}-seed0": {"t0": 0.4, "t1": 0.8}})
    assert len(mean_ranks(made, {"nsc": "high"})) == 2
    twice.to_parquet(folder.run(f"{CELLS[1]}-seed0").score("nsc"))
    assert mean_ranks(made, {"nsc": "high"}).empty
