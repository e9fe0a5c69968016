from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.metrics.average_precision import AveragePrecision
from phenolens.metrics.batch_integration import BatchIntegration
from phenolens.metrics.kbet import Kbet

BATCH = ["graph_connectivity", "kbet", "lisi_batch", "silhouette_batch"]
BIOLOGY = ["nmi", "ari", "silhouette_truth", "lisi_truth", "map_nonrep", "map_controls"]
# Without an interval and a null, each part and draw of which costs as much as the figure itself.
figure_alone = partial(BatchIntegration, parts=0, draws=0)


def test_weighed_as_arevalo_weighs_four_and_six(batch_wells: Profiles) -> None:
    score = BatchIntegration.example()(batch_wells)
    figures = dict(score.figures)
    assert list(figures) == ["batch", "biology", *BATCH, *BIOLOGY]
    batch = np.mean([figures[name] for name in BATCH])
    biology = np.mean([figures[name] for name in BIOLOGY])
    assert (figures["batch"], figures["biology"]) == pytest.approx((batch, biology))
    assert score.value == pytest.approx(0.4 * batch + 0.6 * biology)
    assert score.value == pytest.approx((score.rows["weight"] * score.rows["value"]).sum())
    assert score.rows["weight"].sum() == pytest.approx(1)
    assert score.rows["value"].between(0, 1).all()
    half = figure_alone(batch_weight=0.5)(batch_wells)
    assert half.value == pytest.approx((batch + biology) / 2)


def test_components_by_scikit_learn_and_our_own(batch_wells: Profiles) -> None:
    treated = batch_wells.take(np.flatnonzero(~batch_wells.meta["control"]))
    treated = treated.take(
        np.lexsort([treated.meta["well"], treated.meta["plate"], treated.meta["compound"]])
    )
    x = treated.features.astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    moa = pd.factorize(treated.meta["moa"], sort=True)[0]
    found = KMeans(4, n_init=4, random_state=0).fit_predict(x)
    figures = figure_alone(same="moa")(batch_wells).figures
    assert figures["nmi"] == pytest.approx(normalized_mutual_info_score(moa, found))
    assert figures["ari"] == pytest.approx(adjusted_rand_score(moa, found))
    width = silhouette_score(x, moa, metric="cosine")
    assert figures["silhouette_truth"] == pytest.approx((width + 1) / 2)
    assert figures["kbet"] == Kbet()(batch_wells).value
    positives = PairRule(same=("moa",), differ=("compound",))
    against_others = AveragePrecision(
        positives=positives, negatives=PairRule(same=("plate",), differ=("moa",)), group="moa"
    )
    assert figures["map_nonrep"] == pytest.approx(against_others(batch_wells).value)
    against_controls = AveragePrecision(
        positives=positives,
        negatives=PairRule(same=("plate",), differ=("control",)),
        group="moa",
        controls=True,
    )
    assert figures["map_controls"] == pytest.approx(against_controls(batch_wells).value)


def test_biology_without_batches_beats_batches_and_noise(batch_wells: Profiles) -> None:
    rng = np.random.default_rng(0)
    compound = pd.factorize(batch_wells.meta["compound"], sort=True)[0]
    batch = pd.factorize(batch_wells.meta["batch"], sort=True)[0]
    noise = rng.normal(size=(108, 20))
    centres, shifts = rng.normal(size=(13, 20)), 30 * rng.normal(size=(3, 20))
    made = {
        "biology": 10 * centres[compound] + noise,
        "noise": noise,
        "batches": shifts[batch] + noise,
    }
    metric = figure_alone(neighbours=8, perplexity=5.0)
    score = {k: metric(Profiles(meta=batch_wells.meta, features=x)) for k, x in made.items()}
    assert score["biology"].value > 0.85
    assert score["biology"].figures["biology"] > 0.9
    assert score["noise"].figures["batch"] > 0.6 > score["noise"].figures["biology"]
    assert score["batches"].figures["batch"] < 0.3
    assert score["batches"].value < score["noise"].value < score["biology"].value


def test_the_interval_leaves_out_a_part_of_the_compounds_at_a_time(batch_wells: Profiles) -> None:
    quick = figure_alone()
    whole = quick(batch_wells)
    assert np.isnan([whole.low, whole.high, whole.null]).all()
    compounds = np.array([f"c{k:02d}" for k in range(12)])
    part = np.random.default_rng(0).permutation(12) % 4
    left = [
        quick(
            batch_wells.take(~batch_wells.meta["compound"].isin(compounds[part == k]).to_numpy())
        ).value
        for k in range(4)
    ]
    error = np.sqrt(3 / 4 * sum((value - np.mean(left)) ** 2 for value in left))
    score = BatchIntegration(parts=4, draws=0)(batch_wells)
    assert score.value == whole.value
    assert (score.low, score.high) == pytest.approx(
        (whole.value - 1.96 * error, whole.value + 1.96 * error)
    )


def test_the_null_is_noise_on_the_same_rows(batch_wells: Profiles) -> None:
    noise = np.random.default_rng(9).normal(size=batch_wells.features.shape)
    quick = BatchIntegration(parts=0, draws=9)
    score = quick(Profiles(meta=batch_wells.meta, features=noise))
    assert score.null == pytest.approx(score.value, abs=0.08)
    assert score.p > 0.1
    biology = 10 * np.random.default_rng(1).normal(size=(13, 6))
    compound = pd.factorize(batch_wells.meta["compound"], sort=True)[0]
    fewer = BatchIntegration(parts=0, draws=4)
    sure = fewer(Profiles(meta=batch_wells.meta, features=biology[compound] + noise))
    assert sure.p == pytest.approx(1 / 5)


def test_what_the_table_lacks_is_left_out_and_said(batch_wells: Profiles) -> None:
    treated = batch_wells.take(np.flatnonzero(~batch_wells.meta["control"]))
    score = BatchIntegration.example()(treated)
    assert "map_controls" not in score.figures
    assert "map_controls left out: the table has no negative controls" in score.notes
    assert score.n == 9
    by_plate = figure_alone(batch="plate")(batch_wells)  # a compound has one well a plate
    assert "silhouette_batch" not in by_plate.figures
    assert any("silhouette_batch left out" in note for note in by_plate.notes)
    assert by_plate.figures["batch"] == pytest.approx(
        np.mean([by_plate.figures[name] for name in BATCH[:3]])
    )


def test_what_is_refused(batch_wells: Profiles) -> None:
    with pytest.raises(InputError, match=r"batch_weight: must be from 0 to 1, got 1\.5"):
        BatchIntegration(batch_weight=1.5)(batch_wells)
    with pytest.raises(InputError, match="two groups of batch"):
        BatchIntegration()(batch_wells.take(np.arange(18)))
    with pytest.raises(InputError, match="needs a column 'target'"):
        BatchIntegration(same="target")(batch_wells)
    one = batch_wells.take(np.flatnonzero(batch_wells.meta["compound"] == "c00"))
    with pytest.raises(InputError, match="two groups of compound"):
        BatchIntegration()(one)
