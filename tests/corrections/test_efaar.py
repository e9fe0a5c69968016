"""EFAAR's TVN against its equations: in loops, and with scikit-learn's and SciPy's parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import fractional_matrix_power
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.efaar import learn_efaar


def scaled_components(profiles: Profiles) -> np.ndarray:
    """The original's first three parts: StandardScaler, PCA, StandardScaler per batch."""
    control = profiles.meta["control"].to_numpy()
    batch = profiles.meta["batch"].to_numpy()
    x = profiles.features.astype(np.float64)
    x = StandardScaler().fit(x[control]).transform(x)
    x = PCA(svd_solver="full").fit(x[control]).transform(x)
    for b in np.unique(batch):
        x[batch == b] = StandardScaler().fit(x[(batch == b) & control]).transform(x[batch == b])
    return x


def from_parts(profiles: Profiles) -> np.ndarray:
    """And the fourth: powers of the covariances."""
    control = profiles.meta["control"].to_numpy()
    batch = profiles.meta["batch"].to_numpy()
    x = scaled_components(profiles)
    eye = 0.5 * np.eye(x.shape[1])
    half = fractional_matrix_power(np.cov(x[control], rowvar=False, ddof=1) + eye, 0.5)
    made = np.empty_like(x)
    for b in np.unique(batch):
        cov = np.cov(x[(batch == b) & control], rowvar=False, ddof=1) + eye
        made[batch == b] = x[batch == b] @ fractional_matrix_power(cov, -0.5) @ half
    return made


def z_scores(x: list[list[float]], fit: list[int]) -> list[list[float]]:
    made = [row[:] for row in x]
    for j in range(len(x[0])):
        mean = sum(x[i][j] for i in fit) / len(fit)
        sd = (sum((x[i][j] - mean) ** 2 for i in fit) / len(fit)) ** 0.5
        for i in range(len(x)):
            made[i][j] = (x[i][j] - mean) / sd
    return made


def root(C: np.ndarray, power: float) -> np.ndarray:
    """A sum over eigenvectors, one at a time."""
    S, V = np.linalg.eigh(C)
    made = np.zeros_like(C)
    for k in range(len(S)):
        made += S[k] ** power * np.outer(V[:, k], V[:, k])
    return made


def in_loops(profiles: Profiles) -> np.ndarray:
    """The four steps of the docstring, row by row and column by column."""
    control = np.flatnonzero(profiles.meta["control"]).tolist()
    batch = profiles.meta["batch"].tolist()
    x = z_scores(profiles.features.astype(float).tolist(), control)
    d = len(x[0])
    C = [[sum(x[i][a] * x[i][b] for i in control) for b in range(d)] for a in range(d)]
    V = np.linalg.eigh(np.array(C))[1][:, ::-1]
    x = [[sum(row[a] * V[a, k] for a in range(d)) for k in range(d)] for row in x]
    for b in sorted(set(batch)):
        rows = [i for i in range(len(x)) if batch[i] == b]
        fit = [n for n, i in enumerate(rows) if i in control]
        for i, row in zip(rows, z_scores([x[i] for i in rows], fit), strict=True):
            x[i] = row

    def covariance(fit: list[int]) -> np.ndarray:
        mean = [sum(x[i][k] for i in fit) / len(fit) for k in range(d)]
        total = np.zeros((d, d))
        for i in fit:
            away = np.array(x[i]) - mean
            total += np.outer(away, away)
        return total / (len(fit) - 1) + 0.5 * np.eye(d)

    half = root(covariance(control), 0.5)
    made = np.empty((len(x), d))
    for i, row in enumerate(x):
        own = [j for j in control if batch[j] == batch[i]]
        made[i] = np.array(row) @ root(covariance(own), -0.5) @ half
    return made


def same_up_to_signs(made: np.ndarray, wanted: np.ndarray) -> None:
    signs = np.sign((made * wanted).sum(axis=0))
    np.testing.assert_allclose(made, wanted * signs, atol=2e-5)


def test_against_scikit_learn_and_scipy(wells: Profiles) -> None:
    same_up_to_signs(learn_efaar(wells, ("batch",), 0.5)[1], from_parts(wells))


def test_against_loops(wells: Profiles) -> None:
    same_up_to_signs(learn_efaar(wells, ("batch",), 0.5)[1], in_loops(wells))


def test_batches_that_differ_in_place_and_spread_become_alike(wells: Profiles) -> None:
    x = wells.features.astype(np.float64)
    second = (wells.meta["batch"] == "w2").to_numpy()
    x[second] = 4 * x[second] + 20
    _, made, facts = learn_efaar(replace(wells, features=x), ("batch",), 1e-3)
    control = wells.meta["control"].to_numpy()
    one, two = made[control & ~second], made[control & second]
    np.testing.assert_allclose(one.mean(axis=0), two.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(np.cov(one.T), np.cov(two.T), atol=0.02)
    assert facts["batches"] == 2


def test_one_batch_is_z_scored_components(wells: Profiles) -> None:
    one = replace(wells, meta=wells.meta.assign(batch="w1"))
    _, made, _ = learn_efaar(one, ("batch",), 0.5)
    x = made[wells.meta["control"]].astype(np.float64)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.T @ x / len(x), np.eye(5), atol=1e-5)


def test_more_features_than_controls_blow_nothing_up() -> None:
    """The original's last component is one that no control has, over its rounding error."""
    rng = np.random.default_rng(1)
    meta = pd.DataFrame({"control": np.arange(24) % 2 == 0, "batch": np.arange(24) // 12})
    wide = Profiles(meta=meta, features=rng.normal(size=(24, 30)))
    _, made, facts = learn_efaar(wide, ("batch",), 0.5)
    assert facts["carried"] == made.shape[1] == 11
    assert np.abs(made).max() < 30
    assert np.abs(scaled_components(wide)).max() > 1e6


def test_a_constant_feature_is_named_and_harmless(wells: Profiles) -> None:
    x = wells.features.copy()
    x[:, 3] = 7.0
    _, made, facts = learn_efaar(replace(wells, features=x), ("batch",), 0.5)
    assert facts["constant"] == ["f0003"]
    assert made.shape[1] == 4


def test_a_component_constant_in_one_batch_stays_finite(wells: Profiles) -> None:
    """Two controls that are alike: the sd is taken as 1 there, and it is counted."""
    meta = wells.meta.copy()
    x = wells.features.copy()
    meta.loc[[0, 1, 8], "batch"] = "w0"
    x[1] = x[0]
    _, made, facts = learn_efaar(replace(wells, meta=meta, features=x), ("batch",), 0.5)
    assert facts["constant_in_a_batch"] == 5
    assert np.isfinite(made).all()


def test_a_batch_with_one_control_is_named(wells: Profiles) -> None:
    meta = wells.meta.copy()
    meta.loc[[0, 8], "batch"] = "w0"
    with pytest.raises(InputError, match="batch=w0 has 1"):
        learn_efaar(replace(wells, meta=meta), ("batch",), 0.5)
