from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import linalg

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.coral import Coral
from phenolens.profiling.sphere import Sphere


def moment(profiles: Profiles, batch: str | None = None) -> np.ndarray:
    rows = profiles.meta["control"] & (True if batch is None else profiles.meta["batch"] == batch)
    x = profiles.features[rows].astype(np.float64)
    return x.T @ x / len(x)


def test_against_matrix_roots_of_scipy(wells: Profiles) -> None:
    white = Sphere(regularization=1.0)(wells)
    made = Coral()(white)
    C_t, eye = moment(white), np.eye(5)
    for batch in ("w1", "w2"):
        A = np.linalg.inv(linalg.sqrtm(moment(white, batch) + eye)) @ linalg.sqrtm(C_t + eye)
        rows = white.meta["batch"] == batch
        np.testing.assert_allclose(made.features[rows], white.features[rows] @ A, atol=1e-5)
        # A'(C_s + I)A = C_t + I, so the corrected moment plus A'A is the target's plus I.
        np.testing.assert_allclose(moment(made, batch) + A.T @ A, C_t + eye, atol=1e-5)


def test_with_a_small_ridge_the_batches_become_alike(wells: Profiles) -> None:
    white = Sphere()(wells)
    before = np.linalg.norm(moment(white, "w1") - moment(white, "w2"))
    made = Coral(regularization=1e-4)(white)
    after = np.linalg.norm(moment(made, "w1") - moment(made, "w2"))
    assert before > 0.5
    assert after < 0.01 * before
    facts = made.provenance[-1]["facts"]
    assert facts["batches"] == 2
    assert facts["farthest_after"] < 0.01 * facts["farthest_before"]
    assert facts["identity_error"] < 1e-5


@pytest.mark.parametrize("seed", range(8))
def test_it_never_carries_a_batch_away_from_the_target(wells: Profiles, seed: int) -> None:
    """Whatever the matrices; the step itself refuses a result where it did."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=wells.features.shape) @ rng.normal(size=(5, 5))
    x[wells.meta["batch"] == "w2"] @= rng.normal(size=(5, 5)) * 3
    facts = Coral()(replace(wells, features=x)).provenance[-1]["facts"]
    assert facts["farthest_after"] < facts["farthest_before"]


def test_one_batch_is_left_alone(wells: Profiles) -> None:
    one = replace(wells, meta=wells.meta.assign(batch="w1"))
    np.testing.assert_allclose(Coral()(one).features, one.features, rtol=1e-5, atol=1e-5)


def test_a_batch_without_controls_is_named(wells: Profiles) -> None:
    keep = (wells.meta["batch"] == "w1") | ~wells.meta["control"]
    with pytest.raises(InputError, match="batch=w2 has 0"):
        Coral()(wells.take(keep.to_numpy()))


def test_a_batch_with_one_control_is_named(wells: Profiles) -> None:
    keep = (wells.meta["batch"] == "w1") | ~wells.meta["control"] | (wells.meta.index == 32)
    with pytest.raises(InputError, match="batch=w2 has 1"):
        Coral()(wells.take(keep.to_numpy()))


def test_more_features_than_controls(wells: Profiles) -> None:
    """Sixteen controls a batch, forty features: beyond these only the ridge is seen."""
    x = np.random.default_rng(2).normal(size=(len(wells), 40))
    made = Coral()(Profiles(meta=wells.meta, features=x))
    assert made.features.shape == (64, 40)
    assert made.provenance[-1]["facts"]["identity_error"] < 1e-5


def test_constant_features_stay(wells: Profiles) -> None:
    """Centred, as after `sphere`, they are zero and remain so."""
    x = wells.features - wells.features.mean(axis=0)
    x[:, 1] = 0
    made = Coral()(replace(wells, features=x))
    np.testing.assert_allclose(made.features[:, 1], 0, atol=1e-6)


def test_treatments_in_several_batches_are_refused(wells: Profiles) -> None:
    meta = wells.meta.assign(batch="w1|w2")
    with pytest.raises(InputError, match="before aggregating"):
        Coral()(replace(wells, meta=meta))


def test_no_ridge_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        Coral(regularization=0.0)
