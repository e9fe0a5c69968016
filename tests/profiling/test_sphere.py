from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
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
    ("settings", "said"),
    [
        ({"regularization": -1.0}, "regularization: must be at least 0"),
        ({"components": "all"}, "divides by zero"),
        ({"ddof": -1}, "ddof: must be from 0"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Sphere(**settings)


def test_nothing_to_fit_on(wells: Profiles) -> None:
    with pytest.raises(InputError, match="at least 2 rows"):
        Sphere()(wells.take(np.array([0, 8, 9])))
    with pytest.raises(InputError, match="do not vary"):
        Sphere()(replace(wells, features=np.ones_like(wells.features)))


@pytest.mark.parametrize("rotation", ["pca", "zca", "pca_cor", "zca_cor"])
def test_equals_spherize_of_pycytominer(
    rotation: Literal["pca", "zca", "pca_cor", "zca_cor"],
) -> None:
    """1.7.1, on a table of full rank: to float32, components up to their sign."""
    golden = json.loads((Path(__file__).parent / "golden/spherize_golden.json").read_text())
    x, theirs = np.array(golden["x"]), np.array(golden["made"][rotation])
    made = Sphere(rotation=rotation, on="all", ddof=1)(
        Profiles(meta=pd.DataFrame(index=range(len(x))), features=x)
    ).features
    if rotation.startswith("pca"):
        theirs = theirs * np.sign((theirs * made).sum(axis=0))
    np.testing.assert_allclose(made, theirs, atol=2e-5)
    off = golden["covariance_error"]
    assert off["1.7.1"][rotation] < 1e-5
    assert off["1.7.0"][rotation] > 0.5  # that version did not whiten, and is not followed


def test_zca_cor_is_zca_of_the_standardized_features(wells: Profiles) -> None:
    """And, unlike zca, free of the features' units."""
    x = wells.features[wells.meta["control"]].astype(np.float64)
    z = (wells.features - x.mean(axis=0)) / x.std(axis=0)
    made = Sphere(rotation="zca_cor")(wells)
    wanted = Sphere(rotation="zca")(replace(wells, features=z))
    np.testing.assert_allclose(made.features, wanted.features, atol=1e-4)
    np.testing.assert_allclose(covariance(made), np.eye(5), atol=1e-5)
    assert made.names == wells.names
    inches = replace(wells, features=wells.features * np.array([1, 25.4, 1e3, 1e-3, 1]))
    again = Sphere(rotation="zca_cor")(inches)
    np.testing.assert_allclose(made.features, again.features, atol=1e-4)


def test_zca_with_all_components_against_the_root_of_the_matrix(wells: Profiles) -> None:
    """(C + lambda I)^-1/2, where the controls carry three of five directions."""
    some = few(wells)
    control = some.meta["control"].to_numpy()
    x = some.features.astype(np.float64)
    x -= x[control].mean(axis=0)
    C = x[control].T @ x[control] / control.sum()
    S, V = np.linalg.eigh(C + 0.7 * np.eye(5))
    made = Sphere(regularization=0.7, components="all", rotation="zca")(some)
    np.testing.assert_allclose(made.features, x @ (V / np.sqrt(S)) @ V.T, atol=1e-4)
    assert made.provenance[-1]["facts"]["components_out"] == 5


def test_a_feature_without_spread_has_no_correlation(wells: Profiles) -> None:
    x = wells.features.copy()
    x[wells.meta["control"], 2] = 1.5
    flat = replace(wells, features=x)
    with pytest.raises(InputError, match="'f0002', which does not vary"):
        Sphere(rotation="zca_cor")(flat)
    made = Sphere()(flat)  # the covariance only loses a direction
    assert made.provenance[-1]["facts"]["carried"] == 4


def test_more_features_than_rows_to_fit_on() -> None:
    """Two hundred features, twelve controls: eleven directions, from the small matrix."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(20, 200)) @ rng.normal(size=(200, 200))
    wide = Profiles(meta=pd.DataFrame({"control": np.arange(20) < 12}), features=x)
    pca = Sphere()(wide)
    assert pca.features.shape == (20, 11)
    np.testing.assert_allclose(covariance(pca), np.eye(11), atol=1e-5)
    zca = Sphere(rotation="zca")(wide)
    assert zca.names == wide.names
    np.testing.assert_allclose(
        zca.features @ zca.features.T, pca.features @ pca.features.T, rtol=1e-4, atol=1e-3
    )
    C = covariance(zca)
    np.testing.assert_allclose(C @ C, C, atol=1e-5)  # I on what is carried, nothing beside
    assert round(float(np.trace(C)), 4) == 11
