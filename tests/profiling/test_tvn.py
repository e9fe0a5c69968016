from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.efaar import learn_efaar
from phenolens.profiling.coral import Coral
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.tvn import Tvn, TvnState


def test_ws_dino_is_pca_whitening_alone(wells: Profiles) -> None:
    made = Tvn(family="ws_dino")(wells)
    np.testing.assert_array_equal(made.features, Sphere()(wells).features)
    x = made.features[made.meta["control"]].astype(np.float64)
    np.testing.assert_allclose(np.cov(x.T, bias=True), np.eye(5), atol=1e-5)


def test_deep_profiler_is_ridge_whitening_then_coral(wells: Profiles) -> None:
    made = Tvn(family="deep_profiler")(wells)
    white = Sphere(regularization=1.0, components="all")(wells)
    np.testing.assert_array_equal(made.features, Coral()(white).features)
    (entry,) = made.provenance
    assert entry["step"] == "tvn"
    assert entry["facts"]["sphere"]["covariance_error"] < 1e-5
    assert entry["facts"]["coral"]["identity_error"] < 1e-5


def test_batch_columns_and_lambda_are_passed_on(wells: Profiles) -> None:
    made = Tvn(family="deep_profiler", regularization=0.1, by=("plate",))(wells)
    facts = made.provenance[-1]["facts"]
    assert facts["coral"]["batches"] == 4
    white = Sphere(regularization=0.1, components="all")(wells)
    wanted = Coral(by=("plate",), regularization=0.1)(white)
    np.testing.assert_array_equal(made.features, wanted.features)


def test_efaar_is_its_alignment(wells: Profiles) -> None:
    made = Tvn(family="efaar")(wells)
    _, x, facts = learn_efaar(wells, ("batch",), 0.5)
    np.testing.assert_array_equal(made.features, x)
    (entry,) = made.provenance
    assert entry["facts"]["efaar"]["identity_error"] == facts["identity_error"]
    assert made.names == tuple(f"tvn{i:04d}" for i in range(5))
    plates = Tvn(family="efaar", by=("plate",), regularization=0.1)(wells)
    assert plates.provenance[-1]["facts"]["efaar"]["batches"] == 4
    np.testing.assert_array_equal(plates.features, learn_efaar(wells, ("plate",), 0.1)[1])


def test_the_families_treat_a_shift_of_a_batch_differently(wells: Profiles) -> None:
    """Of the three only efaar takes it away: the controls' mean is 0 in every batch."""
    x = wells.features.copy()
    x[wells.meta["batch"] == "w2"] += 50.0
    shifted = replace(wells, features=x)
    rows = (wells.meta["batch"] == "w2") & wells.meta["control"]
    for family, gone in (("ws_dino", False), ("deep_profiler", False), ("efaar", True)):
        made = Tvn(family=family)(shifted)  # type: ignore[arg-type]
        assert (np.abs(made.features[rows].mean(axis=0)).max() < 1e-5) == gone


def test_a_ridge_of_nothing_is_refused() -> None:
    for family in ("deep_profiler", "efaar"):
        with pytest.raises(InputError, match="above 0"):
            Tvn(family=family, regularization=0.0)


def test_ws_dino_has_no_lambda_and_no_batches() -> None:
    with pytest.raises(InputError, match="neither"):
        Tvn(family="ws_dino", by=("batch",))


@pytest.mark.parametrize("family", ["ws_dino", "deep_profiler", "efaar"])
def test_a_state_that_lacks_a_part_is_named(wells: Profiles, family: Any) -> None:
    with pytest.raises(InputError, match=r"the fitted tvn has no (sphere|efaar); fit and save"):
        Tvn(family=family).transform(wells, TvnState())
