"""What `standardize` and `robustize` have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections import scaling
from phenolens.corrections.scaling import Spread
from phenolens.profiling.robustize import Robustize
from phenolens.profiling.standardize import Standardize

STEPS: list[Any] = [Standardize, Robustize]


def _few_on_p3(wells: Profiles) -> Profiles:
    """Return the wells with one control left on p3 and none on p4."""
    plate, control = wells.meta["plate"], wells.meta["control"]
    lost = control & (((plate == "p3") & (wells.meta["well"] != "A00")) | (plate == "p4"))
    return wells.take(~lost.to_numpy())


def test_flat_is_what_float32_cannot_resolve() -> None:
    spread = Spread(np.zeros(3), np.array([0.0, 1e-3, 1e-3]), np.array([0.0, 1e4, 10.0]))
    assert spread.flat.tolist() == [True, True, False]


@pytest.mark.parametrize("step", STEPS)
def test_too_few_controls_are_refused_by_name(step: Any, wells: Profiles) -> None:
    with pytest.raises(InputError, match=r'plate=p3 has 1; .*few = "all" or few = "pooled"'):
        step()(_few_on_p3(wells))
    with pytest.raises(InputError, match="negative controls, but no row is one"):
        step(few="all")(wells.take(~wells.meta["control"].to_numpy()))


@pytest.mark.parametrize("step", STEPS)
def test_few_all_fits_these_plates_on_all_their_rows(step: Any, wells: Profiles) -> None:
    given = _few_on_p3(wells)
    made = step(few="all")(given)
    on_all, on_controls = step(on="all")(given), step()(given.take(_on(given, "p1", "p2")))
    np.testing.assert_array_equal(
        made.features[_on(given, "p3", "p4")], on_all.features[_on(given, "p3", "p4")]
    )
    np.testing.assert_array_equal(made.features[_on(given, "p1", "p2")], on_controls.features)
    facts = made.provenance[-1]["facts"]
    assert (facts["groups"], facts["fallen_back"]) == (4, 2)
    assert facts["fallen_back_groups"] == ["plate=p3", "plate=p4"]


@pytest.mark.parametrize("step", STEPS)
def test_few_pooled_fits_these_plates_on_the_controls_of_all(step: Any, wells: Profiles) -> None:
    given = _few_on_p3(wells)
    made = step(few="pooled")(given)
    whole = step(by=())(given)  # one group: fitted on all controls of the table
    short = _on(given, "p3", "p4")
    np.testing.assert_array_equal(made.features[short], whole.features[short])
    assert np.abs(made.features - whole.features)[~short].max() > 0.1
    assert made.provenance[-1]["facts"]["fallen_back"] == 2


def _on(profiles: Profiles, *plates: str) -> Any:
    return profiles.meta["plate"].isin(plates).to_numpy()


@pytest.mark.parametrize("few", ["refuse", "all", "pooled"])
@pytest.mark.parametrize("step", STEPS)
def test_a_plate_of_one_row_in_all(
    step: Any, few: Literal["refuse", "all", "pooled"], wells: Profiles
) -> None:
    given = wells.take(_on(wells, "p1") | (wells.meta.index == 20))
    if few == "pooled":
        assert step(few=few, on="all")(given).provenance[-1]["facts"]["fallen_back"] == 1
    else:
        with pytest.raises(InputError, match="plate=p2 has 1"):
            step(few=few, on="all")(given)


@pytest.mark.parametrize("step", STEPS)
def test_more_features_than_controls_one_plate_and_blocks_of_rows(
    step: Any, wells: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = wells.take(_on(wells, "p1"))
    wide = np.random.default_rng(0).normal(size=(16, 200))
    one = replace(one, features=wide, names=())
    made = step()(one)
    assert made.features.shape == (16, 200)
    assert np.isfinite(made.features).all()
    monkeypatch.setattr(scaling, "_ROWS", 3)
    np.testing.assert_array_equal(step()(one).features, made.features)


@pytest.mark.parametrize("step", STEPS)
def test_all_constant_is_refused(step: Any, wells: Profiles) -> None:
    with pytest.raises(InputError, match="every feature is constant"):
        step(constant="zero")(replace(wells, features=np.ones_like(wells.features)))
