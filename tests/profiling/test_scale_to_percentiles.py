"""Percentiles of the controls become 0 and 1; the published figures on the real wells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.scale_to_percentiles import ScaleToPercentiles


def test_by_hand(wells: Profiles) -> None:
    made = ScaleToPercentiles(low=25, high=75)(wells)
    rows = (wells.meta["plate"] == "p2").to_numpy()
    x = wells.features[rows].astype(np.float64)
    controls = np.sort(x[wells.meta["control"].to_numpy()[rows]], axis=0)
    # Of eight values the quartiles stand at places 1.75 and 5.25.
    low = controls[1] + 0.75 * (controls[2] - controls[1])
    high = controls[5] + 0.25 * (controls[6] - controls[5])
    np.testing.assert_allclose(made.features[rows], (x - low) / (high - low), atol=1e-5)


def test_a_constant_feature_is_dropped_or_zero(wells: Profiles) -> None:
    features = wells.features.copy()
    features[wells.meta["plate"].to_numpy() == "p1", 1] = 4.0
    flat = replace(wells, features=features)
    made = ScaleToPercentiles()(flat)
    assert made.features.shape[1] == 4
    assert made.provenance[-1]["facts"]["constant"] == ["f0001"]
    kept = ScaleToPercentiles(constant="zero")(flat)
    assert not kept.features[wells.meta["plate"].to_numpy() == "p1", 1].any()


def test_too_few_controls_and_percentiles_that_make_no_range_are_refused(wells: Profiles) -> None:
    lone = wells.meta["control"] & ((wells.meta["plate"] != "p3") | (wells.meta["well"] == "A00"))
    few = replace(wells, meta=wells.meta.assign(control=lone))
    with pytest.raises(InputError, match="plate=p3 has 1"):
        ScaleToPercentiles()(few)
    assert np.isfinite(ScaleToPercentiles(few="pooled")(few).features).all()
    with pytest.raises(InputError, match="at least 0 and below high"):
        ScaleToPercentiles(low=99, high=1)


def test_real_wells_give_84_of_103_and_66_of_92(data_dir: Path) -> None:
    wells = ProfileTable(
        table="bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=("bbbc021-metadata/BBBC021_v1_image.csv.gz", "bbbc021-metadata/BBBC021_v1_moa.csv"),
        batch_of_plate=r"^(Week\d+)_",
    ).load(data_dir)
    made = Aggregate(by=("treatment",))(ScaleToPercentiles()(wells))
    assert made.features.shape[1] == 513
    scores = Nsc(permutations=0)(made), Nscb(permutations=0)(made)
    assert [(score.hits, score.n) for score in scores] == [(84, 103), (66, 92)]
