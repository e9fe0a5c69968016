"""Scores and costs of cells as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.comparison.planted import plant, rows_of

from phenolens.comparison.measured import Measures


def test_rows_are_averaged_over_seeds_and_costs_are_logarithms(tmp_path: Path) -> None:
    cells = [
        plant(tmp_path, {"m": "a"}, {"nsc": rows_of([0, 1, 1])}, cost={"train_seconds": 2.0}),
        plant(tmp_path, {"m": "a"}, {"nsc": rows_of([1, 1, 0])}, seed=1, cost={"steps": 0}),
        plant(tmp_path, {"m": "b"}, {"nsc": rows_of([1, 0])}, figures={"recall": 0.25}),
    ]
    measures = Measures(cells)
    nsc, seconds = measures.of("nsc"), measures.of("train_seconds")
    assert nsc is not None
    assert seconds is not None
    np.testing.assert_array_equal(nsc.rows, [[0.5, 1, 0.5], [1, 0, np.nan]])
    assert nsc.queries["compound"].tolist() == ["c0", "c1", "c2"]
    assert nsc.means == pytest.approx({"a": 2 / 3, "b": 0.5})
    assert (nsc.better, nsc.ratio, nsc.shared) == ("high", False, False)
    assert (seconds.better, seconds.ratio, seconds.shared) == ("low", True, True)
    assert seconds.means == pytest.approx({"a": np.log(2)})
    recall = measures.of("nsc.recall")
    assert recall is not None
    assert recall.means == {"b": 0.25}
    assert recall.rows.shape == (1, 0)
    for name in ("steps", "nscb", "nsc.precision", "x.y"):
        assert measures.of(name) is None
    assert measures.of("nsc") is nsc
    assert measures.scores == ("nsc",)


def test_the_metric_says_which_values_are_good(tmp_path: Path) -> None:
    one = plant(tmp_path, {"m": "a"}, {"mixing": rows_of([1.0])}, metric="same_group_neighbours")
    found = Measures([one]).of("mixing")
    assert found is not None
    assert found.better == "low"
    gone = plant(tmp_path, {"m": "b"}, {"mixing": rows_of([1.0])}, metric="not_installed")
    found = Measures([gone]).of("mixing")
    assert found is not None
    assert found.better == "high"


def test_rows_that_cannot_be_matched_are_none(tmp_path: Path) -> None:
    twice = pd.DataFrame({"compound": ["c", "c"], "value": [0.0, 1.0]})
    cells = [
        plant(tmp_path, {"m": "a"}, {"nsc": twice}),
        plant(tmp_path, {"m": "b"}, {"nsc": pd.DataFrame({"value": [1.0]})}),
        plant(tmp_path, {"m": "c"}, {"nsc": 0.5}),
        plant(tmp_path, {"m": "d"}, {"nsc": float("nan")}),
    ]
    found = Measures(cells).of("nsc")
    assert found is not None
    assert found.rows.shape == (3, 0)
    assert found.means == {"a": 0.5, "b": 1.0, "c": 0.5}


def test_the_process_of_a_cell_that_found_its_model_is_not_compared(tmp_path: Path) -> None:
    cost = {"train_seconds": 9.0, "process_memory_mb": 100, "total_seconds": 1.0}
    cells = [
        plant(tmp_path, {"m": "a"}, {}, cost={**cost, "found": ["limits"]}),
        plant(tmp_path, {"m": "b"}, {}, cost={**cost, "found": ["limits", "train", "embed"]}),
        plant(tmp_path, {"m": "c"}, {}, cost=cost),  # of an earlier version: not known
    ]
    measures = Measures(cells)
    for name in ("process_memory_mb", "total_seconds"):
        found = measures.of(name)
        assert found is not None
        assert set(found.means) == {"a", "c"}
    trained = measures.of("train_seconds")
    assert trained is not None
    assert set(trained.means) == {"a", "b", "c"}
