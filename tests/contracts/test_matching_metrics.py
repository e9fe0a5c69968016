"""What the metrics of matching promise beyond what every metric does (`test_metrics.py`)."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.score import Score

PERFECT = {"drop": 0.0}  # for every other metric 1
pytestmark = pytest.mark.parametrize("name", ["drop", "nearest_match", "nsc", "nscb"])


def metric_of(name: str) -> Any:
    return catalogue("metrics")[name].load()()


def noisy(treatments: Profiles, noise: float = 1.0) -> Profiles:
    x = treatments.features
    x = x + noise * np.random.default_rng(0).normal(size=x.shape)
    return dataclasses.replace(treatments, features=x)


def alike(one: Score, other: Score) -> None:
    assert one.summary() == other.summary()
    pd.testing.assert_frame_equal(one.rows, other.rows, rtol=1e-4)


def test_the_score_is_whole(name: str, treatments: Profiles) -> None:
    score = metric_of(name)(noisy(treatments))
    assert score.name == name
    assert score.n == len(score.rows)
    assert score.value == pytest.approx(score.rows["value"].mean())
    assert score.low <= score.value <= score.high
    assert score.low < score.high
    assert 0 < score.p <= 1
    assert score.null <= score.null_high
    assert math.isfinite(score.value)
    if score.hits is not None:
        assert score.value == score.hits / score.n
    json.dumps(score.summary(), allow_nan=False)
    alike(score, metric_of(name)(noisy(treatments)))  # pure, its chance level too


def test_rotation_and_scale_change_nothing(name: str, treatments: Profiles) -> None:
    profiles = noisy(treatments)
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(6, 6)))[0]
    turned = dataclasses.replace(profiles, features=7 * profiles.features @ turn)
    alike(metric_of(name)(profiles), metric_of(name)(turned))


def test_perfect_clusters_score_best(name: str, treatments: Profiles) -> None:
    score = metric_of(name)(treatments)
    assert score.value == PERFECT.get(name, 1.0)
    if score.hits is not None:
        assert score.p < 0.01


def test_shuffled_truth_scores_chance(name: str, treatments: Profiles) -> None:
    """Over 20 shuffles between compounds, the mean score is within 4 standard errors of chance."""
    metric = metric_of(name)
    rng = np.random.default_rng(2)
    compounds = treatments.meta["compound"].unique()
    truth = treatments.meta.drop_duplicates("compound").set_index("compound")["moa"]
    values = []
    for _ in range(20):
        drawn = dict(zip(compounds, rng.permutation(truth[compounds]), strict=True))
        meta = treatments.meta.assign(moa=treatments.meta["compound"].map(drawn))
        quick = dataclasses.replace(metric, permutations=0)
        values.append(quick(dataclasses.replace(noisy(treatments, 9.0), meta=meta)).value)
    chance = metric(noisy(treatments, 9.0)).null
    assert np.mean(values) == pytest.approx(chance, abs=4 * np.std(values) / np.sqrt(20) + 0.01)


def test_controls_do_not_count(name: str, treatments: Profiles) -> None:
    """A control on top of every treatment, with a mechanism of its own, changes no value."""
    profiles = noisy(treatments)
    controls = profiles.meta.assign(control=True, moa="DMSO", compound="DMSO", treatment="DMSO")
    both = Profiles(
        meta=pd.concat([profiles.meta, controls], ignore_index=True),
        features=np.concatenate([profiles.features, profiles.features]),
    )
    score, again = metric_of(name)(profiles), metric_of(name)(both)
    assert (again.value, again.n) == (score.value, score.n)
    assert again.notes != score.notes  # said
