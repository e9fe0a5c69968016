from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.departure import Departure
from phenolens.profiling.subtract_before import SubtractBefore


@pytest.fixture
def screen() -> Profiles:
    """Return two plates of six controls; `far` leaves from 4 hours on, `idle` is like a control."""
    rng = np.random.default_rng(4)
    rows = [
        (plate, f"{c}{i}", c, t)
        for plate in ("p1", "p2")
        for c, many in [("DMSO", 6), ("far", 2), ("idle", 2)]
        for i in range(many)
        for t in np.arange(-4.0, 12, 2)
    ]
    meta = pd.DataFrame(rows, columns=["plate", "well", "compound", "time"])
    meta = meta.assign(control=meta["compound"] == "DMSO")
    shift = np.where((meta["compound"] == "far") & (meta["time"] >= 4), 5.0, 0.0)
    features = rng.normal(size=(len(meta), 3)) + shift[:, None]
    return Profiles(meta=meta, features=features)


def test_what_leaves_the_band_and_what_stays(screen: Profiles) -> None:
    score = Departure(draws=10)(screen)
    assert score.value == 0.5
    assert (score.hits, score.n) == (1, 2)  # treatments, not rows
    assert score.null == 0.05
    assert Departure(draws=2, alpha=0.2)(screen).null == 0.2
    rows = score.rows
    far = rows[rows["compound"] == "far"]
    assert far.loc[far["time"] >= 4, "outside"].all()
    assert not far.loc[far["time"] < 4, "outside"].any()
    assert not rows.loc[rows["compound"] == "idle", "outside"].any()
    assert (rows["low"] <= rows["distance"]).all()
    assert (rows["distance"] <= rows["high"]).all()
    assert (rows["control_low"] < rows["control_high"]).all()
    assert (rows["replicates"] == 4).all()


def test_treatments_apart_before_the_drug_are_counted(screen: Profiles) -> None:
    assert not any("until time 0" in note for note in Departure(draws=5)(screen).notes)
    idle = (screen.meta["compound"] == "idle").to_numpy()
    apart = replace(screen, features=screen.features + 6 * idle[:, None])
    score = Departure(draws=5)(apart)
    assert score.value == 1
    wanted = "treatments outside of the band until time 0 already, before the drug: 1; the step"
    assert score.notes[0].startswith(wanted)
    alike = SubtractBefore()(apart)
    assert Departure(draws=5)(alike).value == 0.5
    late = apart.take((apart.meta["time"] < 0).to_numpy())
    assert Departure(draws=5)(late).notes == (), "all times are before the drug: nothing is after"


def test_bands_are_over_replicates_and_over_controls(screen: Profiles) -> None:
    """One replicate has a band still, since the controls vary."""
    one = screen.take(
        screen.meta["well"].isin([f"DMSO{i}" for i in range(6)] + ["far0"]).to_numpy()
    )
    one = one.take((one.meta["plate"] == "p1").to_numpy())
    score = Departure(draws=10)(one)
    width = (score.rows["high"] - score.rows["low"]).mean()
    assert width > 0
    assert "treatments with one curve" in score.notes[0]
    both = screen.take(~screen.meta["compound"].eq("idle").to_numpy())
    assert (Departure(draws=10)(both).rows["high"] - score.rows["high"]).abs().mean() > 0


def test_too_few_controls_make_no_band(screen: Profiles) -> None:
    two = screen.take(~screen.meta["well"].isin([f"DMSO{i}" for i in range(2, 6)]).to_numpy())
    with pytest.raises(InputError, match="needs 3 control curves or more"):
        Departure(draws=2)(two)
    together = Departure(draws=5, controls_same=())(two)
    assert together.n == 2
    only = screen.take(screen.meta["control"].to_numpy())
    with pytest.raises(InputError, match="needs curves that are not controls"):
        Departure()(only)


def test_missing_values_leave_a_time_out(screen: Profiles) -> None:
    features = screen.features.copy()
    features[(screen.meta["compound"] == "far") & (screen.meta["time"] == 8)] = np.nan
    rows = Departure(draws=5)(replace(screen, features=features)).rows
    assert 8.0 not in rows.loc[rows["compound"] == "far", "time"].tolist()
