"""Paired differences of all pairs of cells, against a case worked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.comparison.fakes import finish, seal

from phenolens.comparison.differences import differences
from phenolens.comparison.finished import finished
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid

NAMES = [f"t{k}" for k in range(5)]


@pytest.fixture
def folder(place: Path) -> ComparisonFolder:
    made = ComparisonFolder(place / "out")
    claim(made, Grid.load(place / "grid.toml", root=place))
    return made


def put(folder: ComparisonFolder, cell: str, values: list[float]) -> None:
    finish(folder.run(cell), folder.recipe(cell), dict(zip(NAMES, values, strict=True)))


def test_seeds_are_averaged_by_treatment_and_all_pairs_corrected(folder: ComparisonFolder) -> None:
    put(folder, "per_plate+cosine-seed0", [1, 1, 1, 1, 1])
    put(folder, "per_plate+cosine-seed1", [0, 1, 1, 1, 1])  # the mean: 0.5, 1, 1, 1, 1
    put(folder, "none+cosine-seed0", [0, 0, 0, 0, 0])
    put(folder, "robust-seed0", [0.5, 1, 1, 1, 0])
    found = differences(finished(folder)).set_index(["one", "other"])
    assert list(found.index) == [
        ("per_plate+cosine", "none+cosine"),
        ("per_plate+cosine", "robust"),
        ("none+cosine", "robust"),
    ]
    assert found["difference"].tolist() == pytest.approx([0.9, 0.2, -0.7])
    assert found["n"].tolist() == [5, 5, 5]
    # Of 32 patterns of signs 2 reach 4.5; all reach one treatment's difference; 4 reach 3.5.
    assert found["p"].tolist() == pytest.approx([2 / 32, 1, 4 / 32])
    assert found["p_holm"].tolist() == pytest.approx([3 * 2 / 32, 1, 2 * 4 / 32])
    assert (found["low"] <= found["difference"]).all()
    assert (found["difference"] <= found["high"]).all()


def test_a_pair_that_cannot_be_matched_says_why(folder: ComparisonFolder) -> None:
    put(folder, "per_plate+cosine-seed0", [1, 1, 1, 1, 1])
    put(folder, "robust-seed0", [1, 1, 1, 1, 0])
    pd.DataFrame({"value": [1.0]}).to_parquet(folder.run("robust-seed0").score("nsc"))
    seal(folder.run("robust-seed0"))
    (row,) = differences(finished(folder)).to_dict("records")
    assert "cannot be matched over the seeds" in row["note"]
    assert pd.isna(row["p_holm"])
    pd.DataFrame({"x": [1.0]}).to_parquet(folder.run("robust-seed0").score("nsc"))
    seal(folder.run("robust-seed0"))
    (row,) = differences(finished(folder)).to_dict("records")
    assert row["n"] == 0


def test_one_cell_has_no_pair(folder: ComparisonFolder) -> None:
    put(folder, "robust-seed0", [1, 1, 1, 1, 0])
    assert differences(finished(folder)).empty
    assert differences(()).empty


def test_one_compound_alone_has_no_interval_and_infinite_rows_are_missing(
    folder: ComparisonFolder,
) -> None:
    for name, values in {
        "per_plate+cosine-seed0": [1.0, 0.5],
        "robust-seed0": [0.0, np.inf],
    }.items():
        put(folder, name, [1, 1, 1, 1, 1])
        rows = pd.DataFrame({"treatment": ["a@1", "a@2"], "compound": ["a", "a"], "value": values})
        rows.to_parquet(folder.run(name).score("nsc"))
        seal(folder.run(name))
    (row,) = differences(finished(folder)).to_dict("records")
    assert (row["difference"], row["n"]) == (1.0, 1)
    assert np.isnan([row["low"], row["high"], row["p"]]).all()
    assert row["note"] == "one unit alone: no interval"
