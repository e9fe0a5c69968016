from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.nearest_match import NearestMatch


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_several_targets_against_a_slow_loop(random_treatments: Profiles, distance: str) -> None:
    meta = random_treatments.meta
    far = pairwise_distances(random_treatments.features.astype(np.float64), metric=distance)
    hits = {}
    for i in range(len(meta)):
        allowed = [j for j in range(len(meta)) if meta["compound"][j] != meta["compound"][i]]
        j = min(allowed, key=lambda j: far[i, j])
        both = set(meta["target"][i].split("|")) & set(meta["target"][j].split("|"))
        hits[meta["treatment"][i]] = int(bool(both))
    metric = construct(NearestMatch, {"same": "target", "distance": distance}, "metric")
    score = metric(random_treatments)
    assert dict(zip(score.rows["treatment"], score.rows["value"], strict=True)) == hits
    assert score.hits == sum(hits.values())
    assert 0 < score.hits < score.n


def test_rows_tell_who_and_whose_neighbour(circle: Profiles) -> None:
    score = NearestMatch()(circle)
    row = score.rows.set_index("treatment").loc["d1"]
    assert row["neighbour_treatment"] == "t1"
    assert (row["moa"], row["neighbour_moa"], row["value"]) == ("Y", "X", 0)
    assert row["distance"] == pytest.approx(1 - np.cos(np.deg2rad(25)), abs=1e-6)


def test_controls_and_unlabelled_rows_neither_ask_nor_answer(circle: Profiles) -> None:
    meta = circle.meta.copy()
    meta.loc[meta["treatment"] == "b1", "moa"] = None
    meta.loc[meta["treatment"] == "t1", "moa"] = " "
    score = NearestMatch()(replace(circle, meta=meta))
    assert score.n == 7
    assert not set(score.rows["neighbour_treatment"]) & {"b1", "t1", "DMSO"}
    assert score.notes[:2] == ("negative controls left out: 1", "rows without moa left out: 2")


def test_a_query_without_candidates_is_a_miss_or_skipped(circle: Profiles) -> None:
    differ = ("compound", "batch")
    miss = NearestMatch(differ=differ)(circle)
    skip = NearestMatch(differ=differ, unmatched="skip")(circle)
    assert (miss.n, skip.n) == (9, 8)
    assert miss.hits == skip.hits
    row = miss.rows.set_index("treatment").loc["t1"]
    assert row["value"] == 0
    assert pd.isna(row["neighbour_treatment"])
    assert miss.notes[-1] == "queries without an allowed neighbour, counted as misses: 1 (t1)"
    assert skip.notes[-1] == "queries without an allowed neighbour, skipped: 1 (t1)"


def test_ties_do_not_hang_on_row_order() -> None:
    """Both b and c are equally near to a; b comes first by name, and only b is right."""
    meta = pd.DataFrame({"treatment": list("abc"), "compound": list("ABC"), "moa": list("xxy")})
    profiles = Profiles(meta=meta, features=np.array([[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]]))
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        score = NearestMatch()(profiles.take(np.array(order)))
        assert score.rows["neighbour_treatment"].tolist() == ["b", "a", "a"]


def test_replicate_retrieval_shuffles_rows() -> None:
    """The truth is the compound itself: shuffled between compounds it would never change."""
    rng = np.random.default_rng(0)
    compound = np.repeat(list("abcdefgh"), 4)
    meta = pd.DataFrame({"compound": compound, "plate": np.tile(list("pqrs"), 8)})
    centres = np.repeat(rng.normal(size=(8, 5)), 4, axis=0)
    profiles = Profiles(meta=meta, features=centres + 0.01 * rng.normal(size=(32, 5)))
    score = NearestMatch(same="compound", differ=("plate",))(profiles)
    assert score.value == 1
    assert score.null == pytest.approx(3 / 31, abs=0.02)  # two rows of 32 alike: 3 of 31 others
    assert score.p == pytest.approx(1 / 1001)


def test_more_than_one_row_a_treatment_is_said(circle: Profiles) -> None:
    twice = circle.take(np.tile(np.arange(len(circle)), 2))
    score = NearestMatch()(twice)
    assert score.n == 18
    assert any("several rows per treatment" in note for note in score.notes)
    assert not any("several rows per treatment" in note for note in NearestMatch()(circle).notes)


def test_a_row_of_zeros_has_no_cosine(circle: Profiles) -> None:
    x = circle.features.copy()
    x[3] = 0
    with pytest.raises(InputError, match=r"every feature of .*treatment t1.* is zero"):
        NearestMatch()(replace(circle, features=x))
    assert NearestMatch(distance="euclidean")(replace(circle, features=x)).n == 9


def test_unknown_columns_are_named(circle: Profiles) -> None:
    with pytest.raises(InputError, match="did you mean 'moa'"):
        NearestMatch(same="moaa")(circle)
    with pytest.raises(InputError, match="did you mean 'batch'"):
        NearestMatch(differ=("batches",))(circle)
    with pytest.raises(InputError, match="at least 2 rows"):
        NearestMatch()(circle.take(np.array([0, 9])))


def test_the_null_is_the_same_whatever_type_a_column_has(random_treatments: Profiles) -> None:
    """Numbers among the names, and categories in an order of their own, changed the shuffles."""
    meta = random_treatments.meta
    numbers = [i if i % 2 else f"c{i}" for i in pd.factorize(meta["compound"])[0].tolist()]
    text = meta.assign(compound=pd.Series(list(map(str, numbers)), dtype=object))
    mixed = meta.assign(compound=pd.Series(numbers, dtype=object))
    order = list(pd.unique(text["compound"]))[::-1]
    category = meta.assign(compound=pd.Categorical(text["compound"], order))
    scores = [
        NearestMatch(same="moa", permutations=50)(replace(random_treatments, meta=m))
        for m in (text, mixed, category)
    ]
    assert scores[0].null == scores[1].null == scores[2].null
