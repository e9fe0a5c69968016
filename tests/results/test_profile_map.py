from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.core.profiles import Profiles
from phenolens.drawing.effects import effect_category
from phenolens.results import profile_map
from phenolens.results.contents import RunContents
from phenolens.results.profile_map import ProfileMap
from phenolens.results.treatments import rows_of

pytestmark = pytest.mark.usefixtures("without_umap")


def made(folder: Path) -> tuple[ProfileMap, RunContents]:
    run = RunContents.read(folder)
    assert run.profiles is not None
    _, rows = rows_of(run)
    drawn = ProfileMap.of(run.profiles, rows, 0, {"compound 3@0.1": 12})
    assert drawn is not None
    return drawn, run


def test_points_are_in_the_order_of_the_profiles(run_folder: Path) -> None:
    drawn, run = made(run_folder)
    assert run.profiles is not None
    assert drawn.svg is not None
    assert drawn.svg.count('class="point"') == len(run.profiles) == 60
    columns = [np.frombuffer(base64.b64decode(one), dtype="<u2") for one in drawn.data["values"]]
    low, high = (np.array(drawn.data[key]) for key in ("low", "high"))
    own = low + np.stack(columns, axis=1) / 65534 * (high - low)
    assert np.abs(own - drawn.projection.points).max() <= 1e-5
    codes = np.frombuffer(base64.b64decode(drawn.data["colourings"]["moa"]["codes"]), dtype="<u2")
    assert codes.tolist() == drawn.colourings[0].codes


def test_many_points_are_left_to_a_canvas(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_map, "MOST_MARKS", 59)
    drawn, _ = made(run_folder)
    assert drawn.svg is None
    assert [len(base64.b64decode(one)) for one in drawn.data["values"]] == [120, 120]


def test_the_ways_to_colour_are_the_columns_with_something_to_tell(run_folder: Path) -> None:
    drawn, _ = made(run_folder)
    assert [c.key for c in drawn.colourings] == ["moa", "batch", "plate"]
    batch = drawn.colourings[1]
    assert batch.kinds[batch.codes[0]].name == "several"


def test_one_batch_is_nothing_to_colour_by() -> None:
    meta = pd.DataFrame({"treatment": list("abcdef"), "batch": "W1"})
    profiles = Profiles(meta, np.random.default_rng(0).normal(size=(6, 4)))
    assert ProfileMap.of(profiles, [], 0, {}) is None, "a cloud of equal marks"
    drawn = ProfileMap.of(profiles, [], 0, {"a": 0})
    assert drawn is not None
    assert [c.key for c in drawn.colourings] == ["moa"]


def test_curves_are_coloured_by_what_is_known_of_them() -> None:
    drugs = ["DMSO", "DMSO", "a", "a", "b", "b"]
    meta = pd.DataFrame({"treatment": drugs, "compound": drugs, "plate": [*"121212"]})
    meta = meta.assign(
        control=meta["compound"] == "DMSO", cluster="1", moa=None,
        effect_called=["control", "control", "none", "none", "cytotoxic", "cannot tell"],
    )  # fmt: skip
    profiles = Profiles(meta, np.random.default_rng(0).normal(size=(6, 4)))
    drawn = ProfileMap.of(profiles, [], 0, {})
    assert drawn is not None
    assert [c.key for c in drawn.colourings] == ["effect_called", "compound", "plate"]
    kinds = {kind.name: kind for kind in drawn.colourings[0].kinds}
    assert kinds["cytotoxic"] == effect_category("cytotoxic", 1), "its mark of all other sections"
    assert kinds["negative control"].count == 2
    assert list(kinds) == ["cytotoxic", "none", "cannot tell", "negative control"]
    assert drawn.colourings[0].codes == [3, 3, 1, 1, 0, 2]
    known = dataclasses.replace(profiles, meta=meta.assign(moa="x"))
    annotated = ProfileMap.of(known, [], 0, {})
    assert annotated is not None
    assert [c.key for c in annotated.colourings] == ["moa", "effect_called", "plate"]


def test_three_profiles_make_no_map() -> None:
    meta = pd.DataFrame({"treatment": list("abc")})
    assert ProfileMap.of(Profiles(meta, np.eye(3)), [], 0, {}) is None


def test_umap_leaves_torch_its_threads(run_folder: Path, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("threaded_umap")  # after `without_umap`
    before = torch.get_num_threads()
    drawn, _ = made(run_folder)
    assert drawn.projection.method == "UMAP"
    assert torch.get_num_threads() == before
