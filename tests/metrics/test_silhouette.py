"""scikit-learn's silhouette_samples is the judge; scib's scalings by hand from it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_samples

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics import silhouette
from phenolens.metrics.silhouette import Silhouette, widths
from phenolens.neighbours.distance import Distance


def table(n: int = 60, groups: int = 4) -> Profiles:
    rng = np.random.default_rng(0)
    batch = rng.integers(0, groups, n)
    features = rng.normal(size=(n, 5)) + batch[:, None] * np.array([1.0, -1, 0, 0.5, 0])
    meta = pd.DataFrame(
        {"batch": [f"b{b}" for b in batch], "well": [f"w{i:03d}" for i in range(n)]}
    )
    return Profiles(meta=meta, features=features)


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_widths_are_scikit_learns(distance: Distance) -> None:
    profiles = table()
    x = profiles.features.astype(np.float64)
    code = pd.factorize(profiles.meta["batch"], sort=True)[0]
    wanted = silhouette_samples(x, code, metric=distance)
    np.testing.assert_allclose(widths(x, code, distance), wanted, atol=1e-9)
    code[3] = 4  # alone in its group
    wanted = silhouette_samples(x, code, metric=distance)
    assert wanted[3] == 0
    np.testing.assert_allclose(widths(x, code, distance), wanted, atol=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = table()
    x = profiles.features.astype(np.float64)
    code = pd.factorize(profiles.meta["batch"])[0]
    whole = widths(x, code, "euclidean")
    monkeypatch.setattr(silhouette, "_BLOCK", 7 * len(x))
    np.testing.assert_allclose(widths(x, code, "euclidean"), whole, atol=1e-12)


def test_the_score_and_its_scalings() -> None:
    profiles = table()
    score = Silhouette(distance="euclidean", permutations=40)(profiles)
    wanted = silhouette_samples(profiles.features, profiles.meta["batch"])
    mine = score.rows.set_index("well")["value"]
    np.testing.assert_allclose(mine[profiles.meta["well"]], wanted, atol=1e-6)
    assert score.value == pytest.approx(wanted.mean())
    assert score.figures["separation"] == pytest.approx((wanted.mean() + 1) / 2)
    assert score.figures["mixing"] == pytest.approx((1 - np.abs(wanted)).mean())
    assert score.low < score.value < score.high
    assert score.null < score.null_high < score.value
    assert score.p == pytest.approx(1 / 41)


def test_shuffled_batches_give_what_the_null_says(batch_wells: Profiles) -> None:
    rng = np.random.default_rng(1)
    values = []
    for _ in range(30):
        meta = batch_wells.meta.assign(batch=rng.permutation(batch_wells.meta["batch"]))
        quick = Silhouette(permutations=0)
        values.append(quick(dataclasses.replace(batch_wells, meta=meta)).value)
    null = Silhouette(permutations=200)(batch_wells).null
    assert null == pytest.approx(np.mean(values), abs=4 * np.std(values) / np.sqrt(30))


def test_within_a_compound_as_scib_has_it(batch_wells: Profiles) -> None:
    """1 - |s| of the batches of one compound, mean a compound, mean over compounds."""
    score = Silhouette(same="compound", distance="euclidean", permutations=9)(batch_wells)
    treated = ~batch_wells.meta["control"].to_numpy()
    means = []
    for compound in batch_wells.meta["compound"][treated].unique():
        rows = (batch_wells.meta["compound"] == compound).to_numpy()
        s = silhouette_samples(batch_wells.features[rows], batch_wells.meta["batch"][rows])
        means.append((1 - np.abs(s)).mean())
    assert score.figures["mixing"] == pytest.approx(np.mean(means))
    assert score.p == pytest.approx(1 / 10)  # batches part the wells of each compound
    assert score.null_high < score.value


def test_what_cannot_be_compared_is_left_out_and_said(batch_wells: Profiles) -> None:
    meta = batch_wells.meta.copy()
    meta.loc[meta["compound"] == "c00", "batch"] = "w0"
    score = Silhouette(same="compound", permutations=0)(dataclasses.replace(batch_wells, meta=meta))
    assert "c00" not in set(score.rows["compound"])
    assert any("left out" in note and note.endswith(": 6") for note in score.notes)
    with pytest.raises(InputError, match="two rows, within one well"):
        Silhouette(by="plate", same="well")(
            batch_wells.take(np.flatnonzero(batch_wells.meta["well"] == "A01"))
        )


def test_by_truth_the_compounds_are_shuffled_whole(batch_wells: Profiles) -> None:
    """Of 12 compounds of 4 mechanisms; a null of shuffled rows would be far too narrow."""
    score = Silhouette(by="moa", permutations=200)(batch_wells)
    rows = Silhouette(by="moa", permutations=200)(
        dataclasses.replace(
            batch_wells, meta=batch_wells.meta.drop(columns=["compound", "treatment"])
        )
    )
    assert score.value == pytest.approx(rows.value)
    assert score.null_high - score.null > 3 * (rows.null_high - rows.null)
    assert score.p < 0.05


def test_rows_alike_are_zero_not_nan() -> None:
    profiles = table()
    same = dataclasses.replace(profiles, features=np.ones_like(profiles.features))
    for distance in ("cosine", "euclidean"):
        score = Silhouette(distance=distance, permutations=0)(same)
        assert score.value == pytest.approx(0, abs=1e-6)


def test_as_scib_metrics_has_it(scib: dict[str, Any], scib_table: Profiles) -> None:
    """scib-metrics computes in float32."""
    said: dict[Distance, str] = {
        "euclidean": "silhouette_batch",
        "cosine": "silhouette_batch_cosine",
    }
    for distance, name in said.items():
        metric = Silhouette(same="moa", distance=distance, permutations=0)
        assert metric(scib_table).figures["mixing"] == pytest.approx(scib[name], abs=1e-6)
    score = Silhouette(by="moa", distance="euclidean", permutations=0)(scib_table)
    assert score.figures["separation"] == pytest.approx(scib["silhouette_label"], abs=1e-6)
