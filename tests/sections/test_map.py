from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.report.profile_map import ProfileMap, mechanisms
from phenolens.report.run_folder import RunFolder
from phenolens.report.tables import treatment_rows

pytestmark = pytest.mark.usefixtures("without_umap")


def made(folder: Path) -> tuple[ProfileMap, RunFolder]:
    run = RunFolder.read(folder)
    assert run.profiles is not None
    _, rows = treatment_rows(run.profiles.meta, run.rows)
    drawn = ProfileMap.of(run.profiles, rows, 0, {"compound 3@0.1": 12})
    assert drawn is not None
    return drawn, run


def test_points_know_their_neighbours_by_place(run_folder: Path) -> None:
    drawn, run = made(run_folder)
    points, rows = drawn.data["points"], run.rows["nsc"]
    for i in (1, 20, 59):
        near = points[i]["near"]["nsc"]
        assert points[near["at"]]["name"] == near["name"] == rows["neighbour"][i]
        assert near["hit"] == bool(rows["value"][i])


def test_a_point_without_a_candidate_has_no_neighbour(run_folder: Path) -> None:
    drawn, _ = made(run_folder)
    assert set(drawn.data["points"][7]["near"]) == {"nsc"}


def test_the_ways_to_colour_are_the_columns_with_something_to_tell(run_folder: Path) -> None:
    drawn, _ = made(run_folder)
    assert [c.key for c in drawn.colourings] == ["moa", "batch", "plate"]
    batch = drawn.colourings[1]
    assert batch.kinds[batch.codes[0]].name == "several"


def test_one_batch_is_nothing_to_colour_by() -> None:
    meta = pd.DataFrame({"treatment": list("abcdef"), "batch": "W1"})
    drawn = ProfileMap.of(Profiles(meta, np.random.default_rng(0).normal(size=(6, 4))), [], 0, {})
    assert drawn is not None
    assert [c.key for c in drawn.colourings] == ["moa"]


def test_controls_are_named_so() -> None:
    meta = pd.DataFrame({"moa": ["x", None, None], "control": [False, True, False]})
    assert mechanisms(meta) == ["x", "negative control", None]


def test_three_profiles_make_no_map() -> None:
    meta = pd.DataFrame({"treatment": list("abc")})
    assert ProfileMap.of(Profiles(meta, np.eye(3)), [], 0, {}) is None
