"""Mean curves of trajectories are those that the metric `departure` scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.metrics.departure import Departure
from phenolens.profiling.trajectories import Trajectories
from phenolens.results.mean_curves import mean_curves

KEYS = ["compound", "concentration", "time"]


@pytest.fixture
def screen() -> Profiles:
    """Return two plates of four controls, and a drug at two doses with a missing time."""
    rng = np.random.default_rng(4)
    rows = [
        (plate, f"{c}{i}", c, dose, t)
        for plate in ("p1", "p2")
        for c, dose, many in [("DMSO", 0.0, 4), ("drug", 0.5, 2), ("drug", 10.0, 1)]
        for i in range(many)
        for t in np.arange(-4.0, 12, 2)
        if dose != 10.0 or t != 6.0
    ]
    meta = pd.DataFrame(rows, columns=["plate", "well", "compound", "concentration", "time"])
    meta = meta.assign(control=meta["compound"] == "DMSO", cell_line="A549")
    shift = np.where((meta["compound"] == "drug") & (meta["time"] >= 4), 5.0, 0.0)
    return Profiles(meta=meta, features=rng.normal(size=(len(meta), 3)) + shift[:, None])


@pytest.mark.parametrize("same", [("plate",), ()])
def test_they_are_what_departure_scores(screen: Profiles, same: tuple[str, ...]) -> None:
    made = mean_curves(Trajectories(controls_same=same)(screen)).sort_values(
        KEYS, ignore_index=True
    )
    scored = Departure(controls_same=same, draws=2)(screen).rows.sort_values(
        KEYS, ignore_index=True
    )
    columns = ["distance", "control_low", "control_high", "outside", "replicates", *KEYS]
    pd.testing.assert_frame_equal(made[columns], scored[columns], rtol=1e-5)
    assert made[["low", "high"]].isna().all(axis=None)
    assert not (made["time"][made["concentration"] == 10.0] == 6.0).any()


def test_scaled_distances_are_drawn_without_a_band(screen: Profiles) -> None:
    tracks = Trajectories()(screen)
    scaled = replace(tracks, features=tracks.features - 2)
    made = mean_curves(scaled)
    own = (scaled.meta["concentration"] == 0.5).to_numpy()
    first = made[(made["concentration"] == 0.5) & (made["time"] == -4.0)]
    assert first["distance"].item() == pytest.approx(scaled.features[own, 0].mean())
    assert made["control_high"].isna().all()


def test_other_profiles_have_none(screen: Profiles) -> None:
    tracks = Trajectories()(screen)
    assert mean_curves(screen).empty
    assert mean_curves(replace(tracks, meta=tracks.meta.drop(columns="compound"))).empty
    assert mean_curves(tracks.take(tracks.meta["control"].to_numpy())).empty
