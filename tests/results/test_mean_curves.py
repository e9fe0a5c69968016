"""Means and bands of trajectories, as the metric `departure` has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.results.time_run import HOURS, course, write_time_run

from phenolens.core.profiles import Profiles
from phenolens.results.contents import RunContents
from phenolens.results.mean_curves import mean_curves


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    made = RunContents.read(write_time_run(tmp_path / "run")).profiles
    assert made is not None
    return made


def test_every_treatment_has_its_mean_at_every_time(profiles: Profiles) -> None:
    rows = mean_curves(profiles).query("compound == 'killer' and cell_line == 'A549'")
    strong = rows[rows["concentration"] == 10.0]
    np.testing.assert_array_equal(strong["time"], HOURS)
    np.testing.assert_allclose(strong["distance"], course("cytotoxic", 10.0), rtol=1e-5)
    assert set(strong["replicates"]) == {2}
    assert strong["low"].isna().all()


def test_scaled_distances_have_plain_means_and_no_band(profiles: Profiles) -> None:
    shifted = replace(profiles, features=profiles.features - 5)
    rows = mean_curves(shifted).query("compound == 'killer' and cell_line == 'A549'")
    strong = rows[rows["concentration"] == 10.0]
    np.testing.assert_allclose(strong["distance"], course("cytotoxic", 10.0) - 5, rtol=1e-5)
    assert strong["control_high"].isna().all()


def test_other_profiles_have_none(profiles: Profiles) -> None:
    names = tuple(f"f{k}" for k in range(len(HOURS)))
    assert mean_curves(replace(profiles, names=names)).empty
    assert mean_curves(profiles.take(profiles.meta["control"].to_numpy(bool))).empty
