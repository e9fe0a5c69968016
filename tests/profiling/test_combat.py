"""ComBat against its paper's equations in loops, and against another port of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pvariance, variance
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.combat import Combat
from phenolens.profiling.standardize import Standardize


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    path = Path(__file__).parent / "golden" / "combat_golden.json"
    note: dict[str, Any] = json.loads(path.read_text())
    return {key: np.array(value) for key, value in note.items()}


def table(golden: dict[str, Any]) -> Profiles:
    meta = pd.DataFrame({"batch": golden["batch"], "group": golden["group"].astype(str)})
    return Profiles(meta=meta, features=golden["x"])


def twin(
    x: np.ndarray,
    batch: np.ndarray,
    covariate: np.ndarray | None,
    spread: Callable[[Sequence[float]], float],
) -> np.ndarray:
    """Johnson et al. 2007, section 3, one value at a time.

    spread: Variance of a batch's rows and, over features, of that variance: of the sample
        (scanpy), or of the population (inmoose).
    """
    n, d = x.shape
    levels = np.unique(batch).tolist()
    design = np.stack(
        [batch == b for b in levels] + ([] if covariate is None else [covariate]), axis=1
    ).astype(float)
    effects = np.linalg.inv(design.T @ design) @ design.T @ x
    made = x.copy()
    sigma, alpha = np.empty(d), np.empty(d)
    Z = np.empty((n, d))
    for j in range(d):
        alpha[j] = sum((batch == b).sum() / n * effects[k, j] for k, b in enumerate(levels))
        sigma[j] = (sum((x[i, j] - design[i] @ effects[:, j]) ** 2 for i in range(n)) / n) ** 0.5
        for i in range(n):
            keep = design[i, len(levels) :] @ effects[len(levels) :, j]
            Z[i, j] = (x[i, j] - alpha[j] - keep) / sigma[j]
    for b in levels:
        rows = np.flatnonzero(batch == b)
        gamma_hat = [fmean(Z[rows, j].tolist()) for j in range(d)]
        delta_hat = [spread(Z[rows, j].tolist()) for j in range(d)]
        gamma_bar = fmean(gamma_hat)
        tau2 = pvariance(gamma_hat)
        m, s2 = fmean(delta_hat), spread(delta_hat)
        lam, theta = (m**2 + 2 * s2) / s2, (m**3 + m * s2) / s2
        for j in range(d):
            g, v = gamma_hat[j], delta_hat[j]
            for _ in range(200):
                g = (len(rows) * tau2 * gamma_hat[j] + v * gamma_bar) / (len(rows) * tau2 + v)
                total = sum((Z[i, j] - g) ** 2 for i in rows)
                v = (theta + total / 2) / (len(rows) / 2 + lam - 1)
            for i in rows:
                keep = design[i, len(levels) :] @ effects[len(levels) :, j]
                made[i, j] = sigma[j] / v**0.5 * (Z[i, j] - g) + alpha[j] + keep
    return made


@pytest.mark.parametrize("key", ["plain", "kept"])
def test_against_the_equations(golden: dict[str, Any], key: str) -> None:
    covariate = golden["group"] if key == "kept" else None
    made = Combat(covariates=("group",) if key == "kept" else ())(table(golden))
    wanted = twin(golden["x"], golden["batch"], covariate, variance)
    np.testing.assert_allclose(made.features, wanted, atol=1e-3)  # scanpy stops within 1e-4


@pytest.mark.parametrize("key", ["plain", "kept"])
def test_inmoose_differs_by_how_it_divides_a_variance(golden: dict[str, Any], key: str) -> None:
    """By n there, by n - 1 in scanpy and in R's sva: a few percent of the correction."""
    covariate = golden["group"] if key == "kept" else None
    wanted = twin(golden["x"], golden["batch"], covariate, pvariance)
    np.testing.assert_allclose(golden[key], wanted, atol=1e-3)
    made = Combat(covariates=("group",) if key == "kept" else ())(table(golden)).features
    corrected = np.sqrt(np.mean((golden["x"] - golden[key]) ** 2))
    assert np.sqrt(np.mean((made - golden[key]) ** 2)) < 0.05 * corrected


def test_batches_explain_less_and_a_shift_of_the_whole_is_gone(wells: Profiles) -> None:
    x = wells.features.copy()
    x[wells.meta["batch"] == "w2"] = 3 * x[wells.meta["batch"] == "w2"] + 40
    made = Combat()(replace(wells, features=x))
    facts = made.provenance[-1]["facts"]
    assert facts["batch_share_before"] > 0.6
    assert facts["batch_share_after"] < 0.01
    assert facts["batches"] == 2
    assert made.names == wells.names
    sd = made.features.std(axis=0)
    for batch in ("w1", "w2"):
        own = made.features[made.meta["batch"] == batch]
        assert (np.abs(own.mean(axis=0) - made.features.mean(axis=0)) < 0.1 * sd).all()


def test_a_covariate_keeps_what_a_batch_has_more_of(wells: Profiles) -> None:
    """Batch w1 with hardly a control, w2 with hardly another: unsaid, their contrast is lost."""
    control = wells.meta["control"].to_numpy()
    second = (wells.meta["batch"] == "w2").to_numpy()
    x = np.random.default_rng(3).normal(size=wells.features.shape) + 6.0 * control[:, None]
    rows = np.flatnonzero(control == second)
    rows = np.append(rows, np.flatnonzero(control != second)[::8])
    some = replace(wells, features=x).take(rows)

    def contrast(made: Profiles) -> float:
        own = made.meta["control"].to_numpy()
        return float((made.features[own].mean(axis=0) - made.features[~own].mean(axis=0)).mean())

    assert contrast(Combat()(some)) < 3  # of 6
    assert contrast(Combat(covariates=("control",))(some)) == pytest.approx(6, abs=0.5)


def test_a_number_is_a_covariate_as_it_is(golden: dict[str, Any]) -> None:
    """Two values: as a number or as a category, the same column."""
    as_text = table(golden)
    as_number = replace(as_text, meta=as_text.meta.assign(group=golden["group"].astype(float)))
    step = Combat(covariates=("group",))
    np.testing.assert_allclose(step(as_text).features, step(as_number).features, atol=1e-5)


def test_constant_features(wells: Profiles, capfd: pytest.CaptureFixture[str]) -> None:
    """Everywhere: as it was. In every batch: its shift is taken out. In one: shrunk, finite."""
    x = wells.features.copy()
    second = (wells.meta["batch"] == "w2").to_numpy()
    x[:, 0] = 7.0
    x[:, 1] = np.where(second, 3.0, 1.0)
    x[second, 2] = 2.0
    made = Combat()(replace(wells, features=x))
    np.testing.assert_allclose(made.features[:, 0], 7.0, rtol=1e-6)
    np.testing.assert_allclose(made.features[:, 1], 2.0, rtol=1e-6)
    assert np.isfinite(made.features).all()
    assert made.provenance[-1]["facts"]["constant"] == ["f0000", "f0001"]
    assert capfd.readouterr() == ("", "")


def test_more_features_than_rows() -> None:
    x = np.random.default_rng(0).normal(size=(16, 60)) + np.repeat([0, 5], 8)[:, None]
    meta = pd.DataFrame({"batch": np.repeat(["a", "b"], 8)})
    facts = Combat()(Profiles(meta=meta, features=x)).provenance[-1]["facts"]
    assert facts["batch_share_after"] < 0.05 < 0.8 < facts["batch_share_before"]


@pytest.mark.parametrize("seed", range(6))
def test_on_noise_batches_explain_no_more_than_noise_would(seed: int) -> None:
    """The step itself refuses a result in which they do."""
    rng = np.random.default_rng(seed)
    batch = rng.permutation(np.arange(30) % 4)
    Combat()(Profiles(meta=pd.DataFrame({"batch": batch}), features=rng.normal(size=(30, 8))))


def test_plates_need_no_controls_and_no_more_than_two_rows(wells: Profiles) -> None:
    some = wells.take(np.array([0, 1, 2, 16, 17, 32, 33, 34]))
    made = Combat(by=("plate",))(replace(some, meta=some.meta.drop(columns="control")))
    assert np.isfinite(made.features).all()


def test_one_batch_and_a_batch_of_one_row(wells: Profiles) -> None:
    with pytest.raises(InputError, match="at least 2 batches"):
        Combat()(replace(wells, meta=wells.meta.assign(batch="w1")))
    meta = wells.meta.copy()
    meta.loc[3, "batch"] = "w9"
    with pytest.raises(InputError, match="batch=w9 has 1"):
        Combat()(replace(wells, meta=meta))


def test_what_cannot_be_told_apart(wells: Profiles) -> None:
    with pytest.raises(InputError, match=r"cannot separate \['batch'\] from \['donor'\]"):
        Combat(covariates=("donor",))(
            replace(wells, meta=wells.meta.assign(donor=wells.meta["batch"] + "x"))
        )
    with pytest.raises(InputError, match="'batch' is a batch and a covariate"):
        Combat(covariates=("batch",))
    with pytest.raises(InputError, match="at least one column"):
        Combat(by=())


def test_a_covariate_that_is_missing(wells: Profiles) -> None:
    meta = wells.meta.assign(dose=np.where(wells.meta.index == 5, np.nan, 1.0))
    with pytest.raises(InputError, match="covariate 'dose' is missing in plate p1, well A05"):
        Combat(covariates=("dose",))(replace(wells, meta=meta))
    with pytest.raises(InputError, match="combat needs a column 'dosis'"):
        Combat(covariates=("dosis",))(wells)


def test_one_feature_has_no_others_to_learn_from(wells: Profiles) -> None:
    with pytest.raises(InputError, match="at least 2 features"):
        Combat()(replace(wells, features=wells.features[:, :1], names=("x",)))
    with pytest.raises(InputError, match="no prior"):  # two features, one the other's copy
        Combat()(replace(wells, features=wells.features[:, [1, 1]], names=("x", "y")))


def test_the_unit_of_a_feature_plays_no_part(wells: Profiles) -> None:
    z = Standardize(by=(), on="all")
    np.testing.assert_allclose(
        z(Combat()(z(wells))).features, z(Combat()(wells)).features, atol=1e-3
    )
