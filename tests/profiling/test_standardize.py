from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.standardize import Standardize


def test_worked_by_hand(wells: Profiles) -> None:
    some = wells.take(np.array([0, 1, 8]))  # two controls and one treated well of a plate
    some = replace(some, features=np.array([[1.0], [3.0], [6.0]]), names=("x",))
    # mean 2, sample sd sqrt(2), population sd 1
    np.testing.assert_allclose(
        Standardize()(some).features[:, 0], np.array([-1, 1, 4]) / np.sqrt(2), rtol=1e-6
    )
    np.testing.assert_allclose(Standardize(ddof=0)(some).features[:, 0], [-1, 1, 4], rtol=1e-6)


@pytest.mark.parametrize("on", ["controls", "all"])
@pytest.mark.parametrize("by", [("plate",), ("batch",), ()])
def test_mean_0_and_sd_1_in_every_group(
    wells: Profiles, on: Literal["controls", "all"], by: tuple[str, ...]
) -> None:
    made = Standardize(by=by, on=on)(wells)
    fit = made.meta[made.meta["control"]] if on == "controls" else made.meta
    groups = fit.groupby(list(by)).indices.values() if by else [np.arange(len(fit))]
    for place in groups:
        x = made.features[fit.index[place]].astype(np.float64)
        np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(x.std(axis=0, ddof=1), 1, atol=1e-6)
    facts = made.provenance[-1]["facts"]
    assert 0 <= facts["mean_error"] < 1e-6
    assert 0 <= facts["sd_error"] < 1e-6


@pytest.mark.parametrize("level", [0.0, 0.1, 1e6])
def test_a_feature_constant_in_one_plate_is_dropped_or_zero_there(
    wells: Profiles, level: float
) -> None:
    x = wells.features.copy()
    flat = (wells.meta["plate"] == "p2") & wells.meta["control"]
    x[flat, 2] = level
    wells = replace(wells, features=x)
    dropped = Standardize()(wells)
    assert dropped.names == ("f0000", "f0001", "f0003", "f0004")
    assert dropped.provenance[-1]["facts"]["constant"] == ["f0002"]
    kept = Standardize(constant="zero")(wells)
    assert kept.names == wells.names
    assert not kept.features[wells.meta["plate"] == "p2", 2].any()
    np.testing.assert_allclose(
        kept.features[flat.to_numpy() & (wells.meta["plate"] == "p1"), 2],
        Standardize()(wells).features[flat.to_numpy() & (wells.meta["plate"] == "p1"), 2],
    )


def test_too_few_controls_names_the_plate(wells: Profiles) -> None:
    keep = (wells.meta["plate"] != "p3") | ~wells.meta["control"] | (wells.meta["well"] == "A00")
    with pytest.raises(InputError, match="plate=p3 has 1"):
        Standardize()(wells.take(keep.to_numpy()))


def test_all_constant_is_refused(wells: Profiles) -> None:
    with pytest.raises(InputError, match="every feature is constant"):
        Standardize()(replace(wells, features=np.ones_like(wells.features)))


def test_a_treatment_on_several_plates_is_refused(wells: Profiles) -> None:
    meta = wells.meta.assign(plate=wells.meta["plate"].replace("p2", "p1|p2"))
    with pytest.raises(InputError, match="before aggregating"):
        Standardize()(replace(wells, meta=meta))
