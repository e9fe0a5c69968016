"""Harmony: what harmonypy gives, in the rows' own order, and free of that order."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import harmonypy
import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.explained import pooled_share
from phenolens.grouping.grouped import row_hashes
from phenolens.profiling.harmony import Harmony


@pytest.fixture
def mixture() -> Profiles:
    """Four kinds of cells in three batches, each batch shifted."""
    rng = np.random.default_rng(0)
    kind, batch = np.arange(240) % 4, np.arange(240) // 80
    x = 4 * rng.normal(size=(4, 8))[kind] + 2 * rng.normal(size=(3, 8))[batch]
    meta = pd.DataFrame({"batch": np.array(["a", "b", "c"])[batch], "moa": kind})
    return Profiles(meta=meta, features=x + rng.normal(size=(240, 8)))


def nearest_of_kind(profiles: Profiles) -> float:
    """Share of rows whose nearest row of another batch is of their kind."""
    x = profiles.features
    far = np.linalg.norm(x[:, None] - x[None], axis=2)
    batch, kind = profiles.meta["batch"].to_numpy(), profiles.meta["moa"].to_numpy()
    far[batch[:, None] == batch[None]] = np.inf
    return float((kind[far.argmin(axis=1)] == kind).mean())


def test_batches_are_mixed_and_kinds_are_kept(mixture: Profiles) -> None:
    made = Harmony()(mixture)
    facts = made.provenance[-1]["facts"]
    codes = pd.factorize(mixture.meta["batch"])[0]
    assert facts["batch_share_before"]["batch"] == pytest.approx(
        pooled_share(mixture.features.astype(float), codes)
    )
    assert facts["batch_share_before"]["batch"] > 0.2
    assert facts["batch_share_after"]["batch"] < 0.02
    assert nearest_of_kind(made) > max(0.98, nearest_of_kind(mixture))
    assert (facts["batches"], facts["clusters"]) == ({"batch": 3}, 8)
    assert 1 <= facts["rounds"] <= 10
    assert made.names == mixture.names


def test_it_is_harmonypys_result_on_rows_sorted_by_content(mixture: Profiles) -> None:
    step = Harmony(theta=1.0, clusters=5, iterations=3, seed=4)
    made = step(mixture).features
    shuffled = np.random.default_rng(1).permutation(240)
    np.testing.assert_array_equal(step(mixture.take(shuffled)).features, made[shuffled])
    order = np.argsort(row_hashes(mixture.features))
    theirs = harmonypy.run_harmony(
        mixture.features[order].astype(np.float64),
        mixture.meta.iloc[order],
        ["batch"],
        theta=1.0,
        nclust=5,
        max_iter_harmony=3,
        random_state=4,
        verbose=False,
    ).Z_corr
    np.testing.assert_allclose(made[order], theirs, rtol=1e-6, atol=1e-6)


def test_the_seed_decides(mixture: Profiles) -> None:
    one, other = (Harmony(seed=s, clusters=20)(mixture).features for s in (0, 1))
    assert np.abs(one - other).max() > 1e-4
    np.testing.assert_array_equal(one, Harmony(seed=0, clusters=20)(mixture).features)


def test_several_columns_are_each_mixed(mixture: Profiles) -> None:
    plate = np.arange(240) % 2
    x = mixture.features + 3.0 * plate[:, None]
    both = replace(mixture, features=x, meta=mixture.meta.assign(plate=plate))
    facts = Harmony(by=("batch", "plate"))(both).provenance[-1]["facts"]
    assert set(facts["batch_share_after"]) == {"batch", "plate"}
    for column, share in facts["batch_share_after"].items():
        assert share < 0.5 * facts["batch_share_before"][column]


def test_one_batch_is_left_and_it_is_said(mixture: Profiles) -> None:
    one = replace(mixture, meta=mixture.meta.assign(batch="a"))
    made = Harmony()(one)
    np.testing.assert_array_equal(made.features, one.features)
    assert made.provenance[-1]["facts"] == {"batches": {"batch": 1}, "unchanged": "one batch"}


@pytest.mark.parametrize("shape", [(8, 8), (6, 8), (9, 3), (30, 60)])
def test_small_wide_and_square_tables(shape: tuple[int, int]) -> None:
    """Fewer rows than a cluster needs: one cluster, which shifts every batch as a whole."""
    rng = np.random.default_rng(2)
    batch = np.arange(shape[0]) % 2
    x = rng.normal(size=shape) + 5.0 * batch[:, None] * rng.normal(size=shape[1])
    made = Harmony()(Profiles(meta=pd.DataFrame({"batch": batch}), features=x))
    facts = made.provenance[-1]["facts"]
    assert facts["clusters"] == 1
    assert facts["batch_share_after"]["batch"] < 0.5 * facts["batch_share_before"]["batch"]


def test_constant_features_and_rows_of_zeros(mixture: Profiles) -> None:
    x = mixture.features.copy()
    x[:, 3] = 2.0
    x[5] = 0.0
    made = Harmony()(replace(mixture, features=x))
    assert np.isfinite(made.features).all()
    np.testing.assert_allclose(np.delete(made.features[:, 3], 5), 2.0, atol=0.1)


def test_a_batch_of_one_row_stays_finite(mixture: Profiles) -> None:
    meta = mixture.meta.copy()
    meta.loc[7, "batch"] = "d"
    assert np.isfinite(Harmony()(replace(mixture, meta=meta)).features).all()


@pytest.mark.parametrize("seed", range(4))
def test_its_own_objective_never_rises(seed: int) -> None:
    """Noise, where batches explain nothing; the step itself refuses a result in which it did."""
    rng = np.random.default_rng(seed)
    meta = pd.DataFrame({"batch": rng.integers(0, 3, 60)})
    made = Harmony(clusters=4)(Profiles(meta=meta, features=rng.normal(size=(60, 5))))
    assert made.provenance[-1]["facts"]["objective_rise"] == 0


@pytest.mark.parametrize(("last", "bad"), [(11.0, 0.0), (9.0, np.nan)])
def test_a_result_worse_than_before_is_refused(
    mixture: Profiles, monkeypatch: pytest.MonkeyPatch, last: float, bad: float
) -> None:
    x = mixture.features + bad
    worse = SimpleNamespace(Z_corr=x, Z_orig=mixture.features, objective_harmony=[10.0, last])
    order = np.argsort(row_hashes(mixture.features))
    worse.Z_orig = mixture.features[order]
    monkeypatch.setattr(harmonypy, "run_harmony", lambda *_, **__: worse)
    with pytest.raises(InputError, match="harmony's objective"):
        Harmony()(mixture)


def test_it_says_nothing(mixture: Profiles, capfd: pytest.CaptureFixture[str]) -> None:
    Harmony()(mixture)
    assert capfd.readouterr() == ("", "")


def test_a_result_that_lies_the_other_way_is_turned(
    mixture: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As harmonypy before 2 gave it; and what is neither is refused."""
    real = harmonypy.run_harmony

    def older(*args: Any, **settings: Any) -> Any:
        new = real(*args, **settings)
        return SimpleNamespace(
            Z_corr=new.Z_corr.T, Z_orig=new.Z_orig.T, objective_harmony=new.objective_harmony
        )

    wanted = Harmony()(mixture).features
    monkeypatch.setattr(harmonypy, "run_harmony", older)
    np.testing.assert_array_equal(Harmony()(mixture).features, wanted)
    broken = SimpleNamespace(Z_corr=np.zeros((3, 4)), Z_orig=np.zeros((3, 4)))
    monkeypatch.setattr(harmonypy, "run_harmony", lambda *_, **__: broken)
    with pytest.raises(InputError, match=r"returned a table of \(3, 4\)"):
        Harmony()(mixture)


def test_without_harmonypy_it_says_what_to_install(
    mixture: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "harmonypy", None)
    with pytest.raises(InputError, match=r"pip install 'phenolens\[harmony\]'"):
        Harmony()(mixture)


def test_what_cannot_be(mixture: Profiles) -> None:
    for settings, said in (
        ({"theta": -1.0}, "theta: must be from 0 to 1000"),
        ({"clusters": 0}, "clusters: must be from 1"),
        ({"iterations": 0}, "iterations: must be from 1"),
        ({"by": ()}, "at least one column"),
    ):
        with pytest.raises(InputError, match=said):
            Harmony(**settings)
    with pytest.raises(InputError, match="241 clusters of 240 rows"):
        Harmony(clusters=241)(mixture)
    with pytest.raises(InputError, match="harmony needs a column 'plate'"):
        Harmony(by=("plate",))(mixture)
