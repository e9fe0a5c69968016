"""What every metric found in metrics/ promises. A new metric is held to it without an edit here."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.score import Score
from phenolens.metrics.base import example_of, facts_of, require_facts
from phenolens.profiling.onset import Onset

NAMES = list(catalogue("metrics"))
pytestmark = pytest.mark.parametrize("name", NAMES)


def metric_of(name: str) -> Any:
    return example_of(catalogue("metrics")[name].load())


@pytest.fixture
def example(name: str, request: pytest.FixtureRequest) -> Profiles:
    """Return the table that the metric is for."""
    table = facts_of(name).example_table
    made: Profiles = request.getfixturevalue(table)
    return Onset(draws=2)(made) if table == "trajectories" else made


def alike(one: Score, other: Score) -> None:
    for key, value in one.summary().items():
        if isinstance(value, float):
            assert other.summary()[key] == pytest.approx(value, abs=1e-6), key
        elif key != "figures":
            assert other.summary()[key] == value, key
    assert dict(other.figures) == pytest.approx(dict(one.figures), abs=1e-6, nan_ok=True)
    pd.testing.assert_frame_equal(one.rows, other.rows, rtol=1e-4, atol=1e-6)


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    """Return the score of each metric on its example, filled as tests ask for it."""
    return {}


@pytest.fixture
def score(name: str, example: Profiles, scores: dict[str, Score]) -> Score:
    """Return the metric's score on its example, computed once."""
    if name not in scores:
        scores[name] = metric_of(name)(example)
    return scores[name]


def test_it_is_a_frozen_keyword_dataclass(name: str) -> None:
    metric = metric_of(name)
    assert dataclasses.is_dataclass(metric)
    assert all(field.kw_only for field in dataclasses.fields(metric))
    assert metric == metric_of(name)
    hash(metric)
    assert catalogue("metrics")[name].summary.endswith(".")


def test_it_states_its_facts(name: str) -> None:
    require_facts(catalogue("metrics")[name].load())
    facts = facts_of(name)
    assert facts.good.endswith(".")
    assert not facts.chance.endswith("."), "a phrase, for tables"
    assert not facts.blind.endswith("."), "a phrase, for tables"


def test_the_score_is_whole_and_the_metric_pure(name: str, example: Profiles, score: Score) -> None:
    meta, features = example.meta.copy(), example.features.copy()
    again = metric_of(name)(example)
    pd.testing.assert_frame_equal(example.meta, meta)
    np.testing.assert_array_equal(example.features, features)
    assert score.name == name
    facts = facts_of(name)
    # A share of treatments may have a row for each treatment and time.
    assert 0 < score.n <= len(score.rows)
    assert score.n == len(score.rows) or not facts.is_mean
    assert math.isfinite(score.value)
    if facts.is_mean:
        assert score.value == pytest.approx(score.rows["value"].mean())
    if not math.isnan(score.low):
        assert score.low <= score.value <= score.high
        assert score.low < score.high
    if not math.isnan(score.p):
        assert 0 < score.p <= 1
        assert score.null <= score.null_high
    if not math.isnan(score.null + facts.chance_level):
        assert score.null == pytest.approx(facts.chance_level, abs=0.06)
    if score.hits is not None:
        assert score.value == pytest.approx(score.hits / score.n)
    assert not score.rows.columns.duplicated().any()
    json.dumps(score.summary(), allow_nan=False)
    alike(score, again)


def test_row_order_changes_nothing(name: str, example: Profiles, score: Score) -> None:
    order = np.random.default_rng(3).permutation(len(example))
    alike(score, metric_of(name)(example.take(order)))


def test_the_names_of_compounds_tell_it_nothing(name: str, example: Profiles, score: Score) -> None:
    """Other names in the same order: only who is the same matters."""
    meta = example.meta.copy()
    meta["compound"] = "x" + meta["compound"]
    again = metric_of(name)(dataclasses.replace(example, meta=meta))
    assert again.value == pytest.approx(score.value, abs=1e-9)
    assert (again.hits, again.n) == (score.hits, score.n)


def test_a_value_that_is_no_number_is_refused(name: str, example: Profiles) -> None:
    features = example.features.copy()
    missing = facts_of(name).accepts_missing
    features[3, 1] = np.inf if missing else np.nan
    with pytest.raises(InputError, match=rf"'{example.names[1]}' is {features[3, 1]}"):
        metric_of(name)(dataclasses.replace(example, features=features))
    if missing:
        features[3, 1] = np.nan
        assert math.isfinite(metric_of(name)(dataclasses.replace(example, features=features)).value)


def test_a_table_without_metadata_says_what_is_missing(name: str, example: Profiles) -> None:
    bare = Profiles(meta=pd.DataFrame(index=range(len(example))), features=example.features)
    with pytest.raises(InputError, match="needs"):
        metric_of(name)(bare)
