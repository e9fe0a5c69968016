"""scikit-learn's own pieces, put together by hand, are the judge."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, recall_score

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.linear_probe import LinearProbe
from phenolens.statistics.folds_by_group import folds_by_group


def test_by_hand_from_scikit_learn(batch_wells: Profiles) -> None:
    """Fold by fold, scaled on the training rows; balanced accuracy over all rows together."""
    used = batch_wells.take(np.flatnonzero(~batch_wells.meta["control"]))
    used = used.take(np.lexsort([used.meta["well"], used.meta["plate"], used.meta["compound"]]))
    x, y = used.features.astype(np.float64), used.meta["batch"].to_numpy()
    group = pd.factorize(used.meta["compound"], sort=True)[0]
    fold = folds_by_group(group, pd.factorize(y, sort=True)[0], 5, 0)
    read = np.empty(len(y), dtype=object)
    for out in range(5):
        held = fold == out
        z = (x - x[~held].mean(axis=0)) / x[~held].std(axis=0)
        model = LogisticRegression(C=0.1, class_weight="balanced")
        read[held] = model.fit(z[~held], y[~held]).predict(z[held])
    score = LinearProbe(permutations=2)(batch_wells)
    assert score.value == pytest.approx(balanced_accuracy_score(list(y), list(read)))
    assert score.figures["accuracy"] == pytest.approx((y == read).mean())
    assert score.figures["chance"] == pytest.approx(1 / 3)
    assert score.low < score.value < score.high
    recalls = recall_score(score.rows["batch"], score.rows["read"], average=None)
    assert score.value == pytest.approx(recalls.mean())


def test_no_compound_is_in_training_and_test() -> None:
    """Features that name the compound and nothing else: a leak would read its MoA perfectly."""
    compound = np.repeat(np.arange(24), 4)
    meta = pd.DataFrame(
        {
            "compound": [f"c{c:02d}" for c in compound],
            "moa": [f"m{c % 3}" for c in compound],
            "well": [f"w{i:02d}" for i in range(96)],
        }
    )
    profiles = Profiles(meta=meta, features=np.eye(24)[compound])
    leak = LinearProbe(same="moa", groups="well", permutations=0)(profiles)
    assert leak.value == 1
    fair = LinearProbe(same="moa", permutations=9)(profiles)
    assert fair.value < 0.4
    assert fair.p > 0.1


def test_shuffled_truth_scores_chance(batch_wells: Profiles) -> None:
    rng = np.random.default_rng(0)
    values = []
    for _ in range(8):
        meta = batch_wells.meta.assign(batch=rng.permutation(batch_wells.meta["batch"]))
        probe = LinearProbe(permutations=0)
        values.append(probe(dataclasses.replace(batch_wells, meta=meta)).value)
    assert np.mean(values) == pytest.approx(1 / 3, abs=4 * np.std(values) / np.sqrt(8))
    score = LinearProbe(same="plate", permutations=9)(batch_wells)
    assert score.null == pytest.approx(1 / 6, abs=0.05)
    assert score.value > score.null_high
    assert score.p == pytest.approx(1 / 10)


def test_what_cannot_be_read_is_left_out_and_said(batch_wells: Profiles) -> None:
    meta = batch_wells.meta.copy()
    meta["moa"] = meta["moa"].mask(meta["compound"] == "c00", "lone")
    meta.loc[1, "compound"] = None
    score = LinearProbe(same="moa", permutations=0)(dataclasses.replace(batch_wells, meta=meta))
    assert "lone" not in set(score.rows["moa"])
    assert "moa in one compound only, left out: 1 (lone)" in score.notes
    assert "rows without compound left out: 1" in score.notes
    assert score.figures["values"] == 4
    with pytest.raises(
        InputError, match="two values of well that each occur with two values of compound"
    ):
        LinearProbe(same="well")(batch_wells)
    score = LinearProbe(same="well", groups="plate", permutations=0)(batch_wells)
    assert score.figures["chance"] == pytest.approx(1 / 12)
    with pytest.raises(InputError, match="two groups of batch"):
        LinearProbe()(batch_wells.take(np.arange(18)))
    with pytest.raises(InputError, match="folds: must be from 2"):
        LinearProbe(folds=1)(batch_wells)


def test_few_rows_and_unfinished_fits_are_said(batch_wells: Profiles) -> None:
    two = batch_wells.take(np.flatnonzero(batch_wells.meta["plate"].isin(["p0", "p1"])))
    score = LinearProbe(same="well", groups="plate", permutations=0, iterations=2)(two)
    assert "12 values of well have a median of 2 rows: too few to read any of them well" in (
        score.notes
    )
    assert "fits that did not converge in 2 iterations: 2" in score.notes


def test_the_plates_of_cpjump1_can_be_read(data_dir: Path) -> None:
    """Three plates of one layout, one day, scaled by their own controls: chance is 1/3."""
    files = sorted((data_dir / "cpjump1-cellprofiler-wells").glob("*.csv.gz"))[:3]
    plates = [Profiles.load(file) for file in files]
    keep = np.arange(0, plates[0].features.shape[1], 30)
    both = Profiles(
        meta=pd.concat([p.meta for p in plates], ignore_index=True),
        features=np.concatenate([p.features[:, keep] for p in plates]),
    )
    score = LinearProbe(same="plate", permutations=2)(both)
    assert score.n == 960
    assert score.low > 0.5 > score.null_high
