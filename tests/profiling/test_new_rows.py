"""Steps fitted on two plates and applied to the others, against code that nobody here wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from scipy import linalg, stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import RobustScaler, StandardScaler

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.coral import Coral
from phenolens.profiling.pca import Pca
from phenolens.profiling.rank_inverse_normal import RankInverseNormal
from phenolens.profiling.regress_cell_count import RegressCellCount
from phenolens.profiling.regress_position import RegressPosition
from phenolens.profiling.robustize import Robustize
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.standardize import Standardize
from phenolens.profiling.tvn import Tvn


@pytest.fixture
def split(wells: Profiles) -> tuple[Profiles, Profiles]:
    """Plates p1 and p2 (batch w1), and p3 and p4 (w2)."""
    first = wells.meta["batch"].to_numpy() == "w1"
    return wells.take(first), wells.take(~first)


def parts(profiles: Profiles) -> tuple[np.ndarray, np.ndarray]:
    """Return the features in float64, and those of the controls."""
    x = profiles.features.astype(np.float64)
    return x, x[profiles.meta["control"].to_numpy()]


def test_standardize_is_a_standard_scaler(split: tuple[Profiles, Profiles]) -> None:
    first, second = split
    scaler = StandardScaler().fit(first.features.astype(np.float64))
    made = Standardize(by=(), on="all", ddof=0).fit(first)(second)
    np.testing.assert_allclose(
        made.features, scaler.transform(second.features.astype(np.float64)), rtol=1e-5, atol=1e-6
    )


def test_robustize_is_a_robust_scaler(split: tuple[Profiles, Profiles]) -> None:
    first, second = split
    scaler = RobustScaler().fit(first.features.astype(np.float64))
    made = Robustize(by=(), on="all", spread="iqr").fit(first)(second)
    np.testing.assert_allclose(
        made.features, scaler.transform(second.features.astype(np.float64)), rtol=1e-5, atol=1e-6
    )


def test_pca_is_scikit_learns(split: tuple[Profiles, Profiles]) -> None:
    first, second = split
    peer = PCA(n_components=3, svd_solver="full").fit(first.features.astype(np.float64))
    wanted = peer.transform(second.features.astype(np.float64))
    made = Pca(components=3).fit(first)(second).features
    signs = np.sign((made * wanted).sum(axis=0))
    np.testing.assert_allclose(made, wanted * signs, atol=1e-5)


@pytest.mark.parametrize("rotation", ["pca", "zca", "pca_cor", "zca_cor"])
def test_sphere_by_hand(
    split: tuple[Profiles, Profiles], rotation: Literal["pca", "zca", "pca_cor", "zca_cor"]
) -> None:
    """(x - mu) V S^-1/2 (V') of the first plates' controls, from a singular value decomposition."""
    first, second = split
    own = parts(first)[1]
    mean = own.mean(axis=0)
    sd = own.std(axis=0) if rotation.endswith("_cor") else 1.0
    _, s, Vt = np.linalg.svd((own - mean) / sd, full_matrices=False)
    wanted = (parts(second)[0] - mean) / sd @ Vt.T * np.sqrt(len(own)) / s
    made = Sphere(rotation=rotation).fit(first)(second).features
    if rotation.startswith("zca"):
        wanted = wanted @ Vt
    signs = np.sign((made * wanted).sum(axis=0))
    np.testing.assert_allclose(made, wanted * signs, rtol=1e-4, atol=1e-4)
    if rotation.startswith("zca"):
        assert (signs == 1).all()


def test_coral_brings_a_new_batch_to_the_moment_of_the_fit(
    split: tuple[Profiles, Profiles],
) -> None:
    first, second = split
    C_t, C_s = (own.T @ own / len(own) for own in (parts(first)[1], parts(second)[1]))
    eye = np.eye(5)
    A = np.linalg.inv(linalg.sqrtm(C_s + eye)) @ linalg.sqrtm(C_t + eye)
    made = Coral().fit(first)(second)
    np.testing.assert_allclose(made.features, parts(second)[0] @ A, rtol=1e-4, atol=1e-4)


def test_efaar_brings_a_new_batch_in_by_its_controls(split: tuple[Profiles, Profiles]) -> None:
    first, second = split
    own, (x, new) = parts(first)[1], parts(second)
    scaler = StandardScaler().fit(own)
    axes = PCA(svd_solver="full").fit(scaler.transform(own))
    z_first, z = (axes.transform(scaler.transform(y)) for y in (own, x))
    z_new = axes.transform(scaler.transform(new))
    z_first = StandardScaler().fit_transform(z_first)
    batch = StandardScaler().fit(z_new)
    C = np.cov(z_first.T) + 0.5 * np.eye(5)
    C_b = np.cov(batch.transform(z_new).T) + 0.5 * np.eye(5)
    wanted = batch.transform(z) @ np.linalg.inv(linalg.sqrtm(C_b)) @ linalg.sqrtm(C)
    made = Tvn(family="efaar").fit(first)(second).features
    signs = np.sign((made * wanted).sum(axis=0))
    np.testing.assert_allclose(made, wanted * signs, rtol=1e-3, atol=1e-3)


def test_ranks_of_new_values_by_scipy(split: tuple[Profiles, Profiles]) -> None:
    """The rank of a value among those of the fit, itself not counted: percentileofscore's mean."""
    first, second = (replace(part, features=part.features.round(1)) for part in split)
    made = RankInverseNormal().fit(first)(second).features
    for j in range(5):
        values = first.features[:, j]
        below = np.array(
            [stats.percentileofscore(values, v, kind="mean") for v in second.features[:, j]]
        )
        rank = np.clip(below / 100 * 32 + 0.5, 1, 32)
        wanted = stats.norm.ppf((rank - 0.375) / 32.25)
        np.testing.assert_allclose(made[:, j], wanted, atol=1e-5)


def test_a_value_beyond_the_fit_has_the_last_rank(wells: Profiles) -> None:
    for offset in (0.0, 0.5, 0.9):
        fitted = RankInverseNormal(offset=offset).fit(wells)
        far = replace(wells, features=np.full_like(wells.features, 1e9))
        made = fitted(far).features
        np.testing.assert_array_equal(made, fitted(wells).features.max(axis=0) + 0 * made)
        low = fitted(replace(far, features=-far.features)).features
        np.testing.assert_array_equal(low, fitted(wells).features.min(axis=0) + 0 * low)


@pytest.mark.parametrize("on", ["all", "controls"])
def test_a_cell_counts_line_is_held_against_new_wells(
    split: tuple[Profiles, Profiles], on: Any
) -> None:
    rng = np.random.default_rng(4)
    first, second = (replace(p, meta=p.meta.assign(count=rng.integers(9, 99, 32))) for p in split)
    fit = first.meta["control"].to_numpy() if on == "controls" else np.ones(32, dtype=bool)
    count = first.meta[["count"]].to_numpy(dtype=float)
    model = LinearRegression().fit(count[fit], first.features[fit])
    new = second.meta[["count"]].to_numpy(dtype=float)
    wanted = second.features - model.predict(new) + first.features[fit].mean(axis=0)
    made = RegressCellCount(on=on).fit(first)(second)
    np.testing.assert_allclose(made.features, wanted, atol=1e-4)
    assert "count" in second.meta.columns
    assert second.meta["count"].to_numpy().tolist() == new[:, 0].tolist()


@pytest.fixture
def plates(wells: Profiles) -> tuple[Profiles, Profiles]:
    """The same 16 wells as plates of 4 x 4: two for the fit, two new ones."""
    names = [f"{row}{column:02d}" for row in "ABCD" for column in range(1, 5)]
    placed = replace(wells, meta=wells.meta.assign(well=np.tile(names, 4)))
    first = wells.meta["batch"].to_numpy() == "w1"
    return placed.take(first), placed.take(~first)


def test_position_means_of_the_fit_are_taken_from_new_plates(
    plates: tuple[Profiles, Profiles],
) -> None:
    first, second = plates
    x = first.features.astype(np.float64).reshape(2, 16, 5)
    effect = x.mean(axis=0) - x.mean(axis=(0, 1))
    made = RegressPosition(confounded="allow").fit(first)(second)
    wanted = (second.features.reshape(2, 16, 5) - effect).reshape(32, 5)
    np.testing.assert_allclose(made.features, wanted, atol=1e-4)
    lost = first.take((first.meta["well"] != "B03").to_numpy())
    with pytest.raises(InputError, match=r"well B03 was not in the fit \(2 such rows"):
        RegressPosition(confounded="allow").fit(lost)(second)


@pytest.mark.parametrize("how", ["linear", "additive", "polish"])
def test_wells_held_out_of_a_plates_fit(plates: tuple[Profiles, Profiles], how: Any) -> None:
    """A plane, levels and a polish fitted on 14 of 16 wells; the others get what these say."""
    first, _ = plates
    held = first.meta["well"].isin(["B03", "C02"]).to_numpy()
    step = RegressPosition(how=how, confounded="allow")
    fitted = step.fit(first.take(~held))
    made = fitted(first)
    np.testing.assert_array_equal(made.features[~held], step(first.take(~held)).features)
    height = np.array(["ABCD".index(name[0]) for name in first.meta["well"]])
    column = first.meta["well"].str[1:].astype(int).to_numpy() - 1
    for plate in ("p1", "p2"):
        rows = (first.meta["plate"] == plate).to_numpy()
        if how == "polish":  # row and column effects add up, in wells that were not fitted too
            effect = (first.features[rows] - made.features[rows]).reshape(4, 4, 5)
            crossed = effect[:1, :1] + effect - effect[:, :1] - effect[:1]
            np.testing.assert_allclose(crossed, 0, atol=1e-5)
            assert np.abs(effect).max() > 0.1
            continue
        design = np.stack([height, column], axis=1).astype(float)
        if how == "additive":
            design = np.concatenate([np.eye(4)[height], np.eye(4)[column]], axis=1)
        fit = rows & ~held
        model = LinearRegression().fit(design[fit], first.features[fit])
        wanted = first.features[rows] - model.predict(design[rows])
        wanted += first.features[fit].mean(axis=0)
        np.testing.assert_allclose(made.features[rows], wanted, atol=1e-4)
    moved = replace(first, meta=first.meta.assign(well=np.where(held, "H09", first.meta["well"])))
    if how == "linear":
        assert np.isfinite(fitted(moved).features).all()  # a plane reaches beyond the fit
    else:
        with pytest.raises(InputError, match=r"plate=p1: row H was not in the fit \(2 such rows"):
            fitted(moved)


def test_a_plane_of_wells_on_a_diagonal_says_nothing_beside_it(
    plates: tuple[Profiles, Profiles],
) -> None:
    first, _ = plates
    diagonal = first.meta["well"].isin(["A01", "B02", "C03", "D04"]).to_numpy()
    fitted = RegressPosition(how="linear", confounded="allow").fit(first.take(diagonal))
    assert np.isfinite(fitted(first.take(diagonal)).features).all()
    with pytest.raises(InputError, match="do not determine all effects"):
        fitted(first)
