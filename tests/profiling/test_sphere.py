from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.sphere import Sphere


def covariance(made: Profiles) -> np.ndarray:
    x = made.features[made.meta["control"]].astype(np.float64)
    x -= x.mean(axis=0)
    return x.T @ x / len(x)


def test_pca_whitening_makes_the_controls_covariance_the_identity(wells: Profiles) -> None:
    for rotation in ("pca", "zca"):
        made = Sphere(rotation=rotation)(wells)
        np.testing.assert_allclose(covariance(made), np.eye(5), atol=1e-5)
        np.testing.assert_allclose(made.features[made.meta["control"]].mean(axis=0), 0, atol=1e-5)


def test_ridge_whitening_leaves_s_over_s_plus_lambda(wells: Profiles) -> None:
    x = wells.features[wells.meta["control"]].astype(np.float64)
    S = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    made = Sphere(regularization=2.0, components="all")(wells)
    np.testing.assert_allclose(covariance(made), np.diag(S / (S + 2)), atol=1e-5)


def test_against_a_slow_twin(wells: Profiles) -> None:
    """W = V (S + lambda)^-1/2 column by column, from a singular value decomposition."""
    control = wells.meta["control"].to_numpy()
    x = wells.features.astype(np.float64)
    x -= x[control].mean(axis=0)
    _, s, Vt = np.linalg.svd(x[control])
    made = Sphere(regularization=0.5)(wells).features
    for k in range(5):
        wanted = x @ Vt[k] / np.sqrt(s[k] ** 2 / control.sum() + 0.5)
        wanted *= np.sign(Vt[k][np.abs(Vt[k]).argmax()])
        np.testing.assert_allclose(made[:, k], wanted, atol=1e-4)


def test_zca_keeps_names_and_distances(wells: Profiles) -> None:
    pca = Sphere(regularization=1.0)(wells)
    zca = Sphere(regularization=1.0, rotation="zca")(wells)
    assert zca.names == wells.names
    assert pca.names == tuple(f"sphere{i:04d}" for i in range(5))
    np.testing.assert_allclose(
        pca.features @ pca.features.T, zca.features @ zca.features.T, atol=1e-4
    )


def few(wells: Profiles) -> Profiles:
    """Four controls for five features: three directions are carried."""
    return wells.take(np.array([0, 1, 2, 3, 8, 9, 10, 11, 24, 25]))


def test_fewer_controls_than_features_carry_n_minus_1(wells: Profiles) -> None:
    made = Sphere()(few(wells))
    assert made.features.shape == (10, 3)
    np.testing.assert_allclose(covariance(made), np.eye(3), atol=1e-5)
    facts = made.provenance[-1]["facts"]
    assert (facts["fitted_on"], facts["carried"], facts["components_out"]) == (4, 3, 3)


def test_directions_that_controls_do_not_carry_keep_their_length_by_the_ridge(
    wells: Profiles,
) -> None:
    some = few(wells)
    made = Sphere(regularization=4.0, components="all")(some)
    assert made.features.shape == (10, 5)
    assert not np.allclose(made.features[4:, 3:], 0)
    np.testing.assert_allclose(covariance(made)[3:], 0, atol=1e-6)
    # There the ridge alone scales: lambda^-1/2 of what is left of the centred rows.
    control = some.meta["control"].to_numpy()
    x = some.features.astype(np.float64)
    x -= x[control].mean(axis=0)
    Vt = np.linalg.svd(x[control])[2][:3]
    rest = x - x @ Vt.T @ Vt
    np.testing.assert_allclose(
        np.linalg.norm(made.features[:, 3:], axis=1), np.linalg.norm(rest, axis=1) / 2, atol=1e-5
    )


def test_row_order_does_not_turn_the_components(wells: Profiles) -> None:
    some = few(wells)
    order = np.random.default_rng(0).permutation(len(some))
    step = Sphere(regularization=1.0, components="all")
    np.testing.assert_allclose(
        step(some).features[order], step(some.take(order)).features, atol=1e-5
    )


def test_a_large_offset_is_not_taken_for_a_direction(wells: Profiles) -> None:
    """float32 rounds values near 1000 by 6e-5: noise of that size is no component."""
    x = wells.features.copy()
    x[:, 4] = x[:, 3]
    x[:, 3:] = np.float32(1000) + np.float32(0.01) * x[:, 3:]
    assert Sphere()(replace(wells, features=x)).provenance[-1]["facts"]["carried"] == 4


def test_on_all_rows(wells: Profiles) -> None:
    x = Sphere(on="all")(wells).features.astype(np.float64)
    np.testing.assert_allclose(np.cov(x.T, bias=True), np.eye(5), atol=1e-5)


@pytest.mark.parametrize(
    "settings", [{"regularization": -1.0}, {"components": "all"}], ids=["negative", "no ridge"]
)
def test_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"negative|divides by zero"):
        Sphere(**settings)


def test_nothing_to_fit_on(wells: Profiles) -> None:
    with pytest.raises(InputError, match="at least 2 rows"):
        Sphere()(wells.take(np.array([0, 8, 9])))
    with pytest.raises(InputError, match="do not vary"):
        Sphere()(replace(wells, features=np.ones_like(wells.features)))
