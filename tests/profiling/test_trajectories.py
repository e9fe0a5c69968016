from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.trajectories import Trajectories
from phenolens.trajectories.table import times_of


@pytest.fixture
def curves() -> Profiles:
    rows = [
        (well, compound, time, level)
        for well, compound, level in [("A1", "DMSO", 0), ("A2", "DMSO", 2), ("B1", "x", 5)]
        for time in (-2.0, 0.0, 2.0)
    ]
    meta = pd.DataFrame(rows, columns=["well", "compound", "time", "level"])
    meta = meta.assign(control=meta["compound"] == "DMSO", plate="p", frame=np.arange(9))
    features = meta[["level"]].to_numpy(np.float32) * (1 + meta[["time"]].to_numpy(np.float32))
    return Profiles(meta=meta, features=features, names=("phase",))


def test_one_row_per_curve_with_the_distance_at_each_time(curves: Profiles) -> None:
    made = Trajectories()(curves)
    assert made.names == ("hours_-2", "hours_0", "hours_2")
    assert times_of(made).tolist() == [-2, 0, 2]
    # Controls are at 0 and 2 (1 + t), their mean at 1 + t, the compound at 5 (1 + t).
    np.testing.assert_allclose(made.features, [[2, 2, 6], [2, 2, 6], [4, 4, 12]])
    assert made.meta["well"].tolist() == ["A1", "A2", "B1"]
    assert made.meta["control"].tolist() == [True, True, False]
    assert made.meta["level"].tolist() == [0, 2, 5], "what is constant in a curve is kept"
    assert not {"time", "frame"} & set(made.meta.columns)
    facts = made.provenance[-1]["facts"]
    assert facts["dropped"] == ["frame"]
    assert (facts["curves"], facts["control_curves"], facts["farthest_hours"]) == (3, 2, 1.0)


def test_missing_features_and_times_are_counted(curves: Profiles) -> None:
    features = curves.features.copy()
    features[7] = np.nan
    facts = Trajectories()(replace(curves, features=features)).provenance[-1]["facts"]
    assert facts["rows_with_missing_features"] == 1
    lone = curves.take(curves.meta["well"].to_numpy() != "A2")
    made = Trajectories()(lone)
    assert np.isnan(made.features[0]).all(), "a lone control is compared with nothing"
    assert made.provenance[-1]["facts"]["curves_without_values"] == 1


def test_dense_frames_before_sparse_ones_are_kept() -> None:
    """Every hour, then every day: half of the usual spacing is 12 hours, more than an hour."""
    hours = (-1.0, 0.0, 1.0, 2.0, 24.0, 48.0, 72.0, 96.0)
    rows = [(w, c, t) for w, c in [("A1", "DMSO"), ("A2", "DMSO"), ("B1", "x")] for t in hours]
    meta = pd.DataFrame(rows, columns=["well", "compound", "time"])
    meta = meta.assign(control=meta["compound"] == "DMSO")
    far = np.where(meta["control"], 0.0, meta["time"] + 1)
    made = Trajectories()(Profiles(meta=meta, features=far[:, None]))
    assert times_of(made).tolist() == list(hours)
    np.testing.assert_allclose(made.features[2], np.array(hours) + 1)


def test_a_distance_that_float32_cannot_hold_is_refused(curves: Profiles) -> None:
    large = replace(curves, features=np.repeat(curves.features, 9, axis=1) * 1e37, names=())
    with pytest.raises(InputError, match="trajectories: a value is more than float32 can hold"):
        Trajectories(distance="l1")(large)


def test_fit_is_the_step_itself_and_settings_are_checked(curves: Profiles) -> None:
    step = Trajectories(distance="l1")
    assert step.fit(curves) is step
    with pytest.raises(InputError, match="farthest"):
        Trajectories(farthest=-1)
