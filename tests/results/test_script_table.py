from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.results.contents import RunContents
from phenolens.results.script_table import in_parts, script_table
from phenolens.results.treatments import rows_of


def test_neighbours_are_named_by_place(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert run.profiles is not None
    made = script_table(run.profiles, rows_of(run)[1], {"compound 3@0.1": 12})
    near, rows = made["near"]["nsc"], run.rows["nsc"]
    for i in (1, 20, 59):
        assert made["names"][near["at"][i]] == rows["neighbour"][i]
        assert near["hit"][i] == bool(rows["value"][i])
        assert near["distance"][i] == pytest.approx(rows["distance"][i], abs=1e-4)
    assert made["near"]["nscb"]["at"][7] is None, "the rule leaves it without a candidate"
    assert made["near"]["nscb"]["title"] == "NSCB"
    named = run.profiles.meta["treatment"] == "compound 3@0.1"
    assert made["thumbs"] == {str(i): 12 for i in np.flatnonzero(named)}
    json.dumps(made, allow_nan=False)


def test_columns_have_their_kind_and_missing_values_none() -> None:
    meta = pd.DataFrame({
        "treatment": ["a", "b", "c"], "moa": ["x", None, "x"], "control": [True, False, False],
        "concentration": [0.1, np.nan, 3.0], "plate": pd.Categorical(["p", "q", "p"]),
    })  # fmt: skip
    columns = script_table(Profiles(meta, np.eye(3)), [], {})["columns"]
    assert columns["moa"] == {"kind": "text", "values": [0, -1, 0], "texts": ["x"]}
    assert columns["control"] == {"kind": "flag", "values": [True, False, False]}
    assert columns["concentration"] == {"kind": "number", "values": [0.1, None, 3.0]}
    assert columns["plate"]["texts"] == ["p", "q"]


def test_of_too_many_features_those_that_vary_most_stay(
    run_folder: Path,
) -> None:
    run = RunContents.read(run_folder)
    assert run.profiles is not None
    scale = np.ones(24)
    scale[[2, 5]] = 100
    loud = replace(run.profiles, features=run.profiles.features * scale)
    features = script_table(loud, [], {}, most=2 * 60)["features"]
    assert features["names"] == ["f0002", "f0005"]
    assert features["left_out"] == 22


def test_what_is_read_later_is_all_that_grows_with_the_profiles(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert run.profiles is not None
    made = script_table(run.profiles, rows_of(run)[1], {"compound 3@0.1": 12})
    kept, later = in_parts(made)
    assert list(kept["columns"]) == list(made["columns"])
    assert later["column-2"] == made["columns"]["moa"]
    assert later["near-1"] == made["near"]["nscb"]
    assert later["feature-23"] == made["features"]["values"][23]
    assert later["names"] == made["names"]
    assert len(later) == 1 + len(made["columns"]) + 2 + 24
    assert len(json.dumps(kept)) < len(json.dumps(made)) / 5
