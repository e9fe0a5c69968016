"""The baselines of a comparison: each distinct one once, compared with the cells that have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from tests.comparison.fakes import finish

from phenolens.comparison import baselines as baselines_module
from phenolens.comparison.baselines import baseline_scores
from phenolens.comparison.differences import differences
from phenolens.comparison.finished import Finished, finished
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.comparison.table import long_table

BASELINES = {"intensity": 0.25, "untrained": 0.5}


@pytest.fixture
def folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> ComparisonFolder:
    """Return three finished cells; the untrained encoder is another for each seed."""

    def kept(one: Finished) -> Iterator[tuple[str, str, str]]:
        yield "intensity", "intensity", "i"
        yield "untrained", "untrained", f"u{one.cell.seed}"

    monkeypatch.setattr(baselines_module, "_kept", kept)
    grid, made = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    claim(made, grid)
    for k, name in enumerate(["per_plate+cosine-seed0", "per_plate+cosine-seed1", "robust-seed0"]):
        values = {"t0": 0.0, "t1": 1.0, "t2": k / 2}
        finish(made.run(name), made.recipe(name), values, BASELINES)
    return made


def test_a_baseline_of_many_cells_is_one_row(folder: ComparisonFolder) -> None:
    table = long_table(finished(folder), folder.axes())
    found = table[table["baseline"]]
    # One chain has two seeds of one set-up, the other chain (robustize) a third cell.
    assert found["cell"].tolist() == [
        *("intensity", "untrained", "untrained", "intensity", "untrained")
    ]
    assert found["seed"].tolist()[1:] == [0, 1, 0, 0]
    assert pd.isna(found["seed"].iloc[0])
    assert found["scale"].tolist()[:3] == ["per_plate"] * 3
    assert found["total_seconds"].isna().all()


def test_cells_are_compared_with_the_baselines_of_their_own_chain(
    folder: ComparisonFolder,
) -> None:
    for name, values in {"seed0": [0.0, 0, 0], "seed1": [0.0, 1, 0]}.items():
        rows = pd.DataFrame({"treatment": ["t0", "t1", "t2"], "value": values})
        path = folder.run(f"per_plate+cosine-{name}").baseline_score("untrained", "nsc")
        path.parent.mkdir(parents=True)
        rows.to_parquet(path)
    found = differences(finished(folder)).set_index(["one", "other"])
    # The mean over seeds: 0, 1, 0.25 of the cell, 0, 0.5, 0 of the untrained encoder.
    row = found.loc[("per_plate+cosine", "untrained (per_plate, cosine)")]
    assert row["difference"] == pytest.approx(0.25)
    assert ("robust", "untrained (per_plate, cosine)") not in found.index
    assert found.loc[("robust", "untrained"), "n"] == 0  # its rows are not there


def test_a_baseline_knows_its_cells(folder: ComparisonFolder) -> None:
    found = {
        (one.title, one.where["seed"]): len(one.cells) for one in baseline_scores(finished(folder))
    }
    assert found == {
        ("intensity", None): 2,
        ("untrained", 0): 1,
        ("untrained", 1): 1,
        ("intensity", 0): 1,
    }
