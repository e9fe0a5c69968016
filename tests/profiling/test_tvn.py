from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.coral import Coral
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.tvn import Tvn


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


def test_ws_dino_has_no_lambda_and_no_batches() -> None:
    with pytest.raises(InputError, match="neither"):
        Tvn(family="ws_dino", by=("batch",))
