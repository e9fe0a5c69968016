from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.subtract_controls import SubtractControls


def test_worked_by_hand(wells: Profiles) -> None:
    some = wells.take(np.array([0, 1, 2, 8]))  # three controls and one treated well of a plate
    some = replace(some, features=np.array([[1.0], [2.0], [6.0], [10.0]]), names=("x",))
    np.testing.assert_allclose(SubtractControls()(some).features[:, 0], [-2, -1, 3, 7])
    np.testing.assert_allclose(SubtractControls(how="median")(some).features[:, 0], [-1, 0, 4, 8])


@pytest.mark.parametrize("how", ["mean", "median"])
@pytest.mark.parametrize("by", [("plate",), ("batch",), ()])
def test_against_pandas(
    wells: Profiles, how: Literal["mean", "median"], by: tuple[str, ...]
) -> None:
    made = SubtractControls(by=by, how=how)(wells)
    own = wells.meta[wells.meta["control"]]
    for rows in wells.meta.groupby(list(by) if by else np.zeros(64)).groups.values():
        fit = own.index.intersection(rows)
        middle = getattr(np, how)(wells.features[fit].astype(np.float64), axis=0)
        np.testing.assert_allclose(made.features[rows], wells.features[rows] - middle, atol=1e-5)
    facts = made.provenance[-1]["facts"]
    assert facts["centre_error"] < 1e-6
    assert facts["groups"] == {(): 1, ("batch",): 2, ("plate",): 4}[by]
    assert facts["farthest_centre"] > 1


def test_a_plate_with_too_few_controls_is_named(wells: Profiles) -> None:
    for kept, said in (("", "plate=p3 has 0"), ("A00", "plate=p3 has 1")):
        keep = (wells.meta["plate"] != "p3") | ~wells.meta["control"]
        keep |= wells.meta["well"] == kept
        with pytest.raises(InputError, match=said):
            SubtractControls()(wells.take(keep.to_numpy()))


def test_constant_features_become_zero(wells: Profiles) -> None:
    x = wells.features.copy()
    x[:, 2] = 1e6 + 1.0
    assert not SubtractControls()(replace(wells, features=x)).features[:, 2].any()


def test_more_features_than_controls(wells: Profiles) -> None:
    x = np.random.default_rng(1).normal(size=(64, 200))
    made = SubtractControls()(Profiles(meta=wells.meta, features=x))
    assert made.provenance[-1]["facts"]["centre_error"] < 1e-6


def test_a_treatment_on_several_plates_is_refused(wells: Profiles) -> None:
    meta = wells.meta.assign(plate=wells.meta["plate"].replace("p2", "p1|p2"))
    with pytest.raises(InputError, match="before aggregating"):
        SubtractControls()(replace(wells, meta=meta))
