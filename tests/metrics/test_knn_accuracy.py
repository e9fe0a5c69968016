from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import classification_report
from sklearn.neighbors import KNeighborsClassifier

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.knn_accuracy import KnnAccuracy, vote

ACROSS = ("plate",)


@pytest.fixture
def two_plates() -> Profiles:
    """240 wells of three mechanisms on two plates, mixed well enough that votes go wrong."""
    rng = np.random.default_rng(4)
    moa = rng.choice(list("xyz"), 240, p=[0.5, 0.3, 0.2])
    meta = pd.DataFrame({"moa": moa, "plate": rng.choice(["p", "q"], 240)})
    meta["well"] = [f"{i:03d}" for i in range(240)]
    meta["compound"] = meta["moa"] + (meta.index % 7).astype(str)
    centre = {"x": [1.0, 0, 0], "y": [0, 1.0, 0], "z": [0, 0, 1.0]}
    features = np.array([centre[m] for m in moa]) + rng.normal(size=(240, 3))
    return Profiles(meta=meta, features=features)


@pytest.mark.parametrize("weights", ["same", "exp"])
@pytest.mark.parametrize("k", [1, 10])
def test_against_scikit_learn(
    two_plates: Profiles, weights: Literal["same", "exp"], k: int
) -> None:
    """Each plate's wells are voted for by the other's; votes that tie are compared apart."""
    score = KnnAccuracy(differ=ACROSS, k=k, weights=weights)(two_plates)
    voted = score.rows.set_index("well")["voted"]
    x, meta = two_plates.features.astype(np.float64), two_plates.meta
    seen = 0
    for plate in "pq":
        asks = (meta["plate"] == plate).to_numpy()
        theirs = KNeighborsClassifier(
            k,
            metric="cosine",
            algorithm="brute",
            weights="uniform" if weights == "same" else lambda far: np.exp((1 - far) / 0.1),
        ).fit(x[~asks], meta["moa"][~asks])
        share = np.sort(theirs.predict_proba(x[asks]), axis=1)
        clear = share[:, -1] - share[:, -2] > 1e-9
        wells = meta["well"][asks].to_numpy()[clear]
        assert voted[wells].tolist() == theirs.predict(x[asks])[clear].tolist()
        seen += int(clear.sum())
    assert seen > 200
    report = classification_report(
        score.rows["moa"], score.rows["voted"], output_dict=True, zero_division=0.0
    )
    assert score.value == pytest.approx(report["accuracy"])
    for ours, peer in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
        assert score.figures[f"macro_{ours}"] == pytest.approx(report["macro avg"][peer])
    assert score.null < score.null_high < score.value
    assert score.low < score.value < score.high


def test_votes_that_tie_go_to_the_nearest() -> None:
    truth = np.array([0, 1, 1, 0, 2])
    index = np.array([[1, 3, 4, -1], [4, 3, 2, 0], [-1, -1, -1, -1]])
    weight = np.array([[1.0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
    assert vote(truth, index, weight).tolist() == [1, 0, -1]
    weight[0] = [0.5, 0.2, 0.6, 0]
    assert vote(truth, index, weight)[0] == 2


def test_figures_of_rank_and_of_the_top_worked_by_hand() -> None:
    """On a line: A0 at 0, B1 at 1, A2 at 2.1, B3 at 3.3; nearest of all others."""
    meta = pd.DataFrame({"moa": list("ABAB"), "compound": list("abcd")})
    profiles = Profiles(meta=meta, features=np.array([[0.0], [1], [2.1], [3.3]]))
    score = KnnAccuracy(k=1, distance="euclidean", weights="same")(profiles)
    # Neighbours: 0: 1, 2, 3.  1: 0, 2, 3.  2: 1, 3, 0.  3: 2, 1, 0.
    assert score.hits == 0
    assert [score.figures[f"rank_{r}"] for r in (1, 2, 3, 4)] == [0, 0.5, 0.5, 0]
    # Of the top 3, 0: B A B.  1: A A B.  2: B B A.  3: A B A: all wrong.
    assert score.figures["top_3"] == 0
    assert score.figures["top_10"] == score.figures["top_3"]  # three candidates are all there are


def test_a_query_without_a_candidate_is_a_miss_and_said(two_plates: Profiles) -> None:
    lone = two_plates.take(np.flatnonzero(two_plates.meta["plate"] == "p"))
    with pytest.raises(InputError, match="neighbours must be of another plate"):
        KnnAccuracy(differ=ACROSS)(lone)
    meta = two_plates.meta.copy()
    meta.loc[meta.index[:1], "plate"] = None
    score = KnnAccuracy(differ=ACROSS)(Profiles(meta=meta, features=two_plates.features))
    assert "queries without an allowed neighbour, counted as misses: 1" in score.notes
    row = score.rows.set_index("well").loc["000"]
    assert row["value"] == 0
    assert pd.isna(row["voted"])


def test_replicates_are_asked_for_by_taking_the_compound_for_the_truth(
    jump_plates: Profiles,
) -> None:
    """1-NN in another plate is the same compound: 0.473 (README of the data)."""
    score = KnnAccuracy(same="compound", differ=ACROSS, k=1, permutations=0)(jump_plates)
    assert (score.n, round(score.value, 3)) == (1600, 0.473)
    assert score.figures["top_1"] == score.figures["rank_1"] == score.value


def test_what_cannot_be_is_refused(two_plates: Profiles) -> None:
    for wrong, message in (({"k": 0}, "k: must be at least 1"), ({"temperature": 0.0}, "above 0")):
        with pytest.raises(InputError, match=message):
            KnnAccuracy(**wrong)
    meta = two_plates.meta.assign(moa=two_plates.meta["moa"] + "|w")
    score = KnnAccuracy()(Profiles(meta=meta, features=two_plates.features))
    assert any("a class of its own" in note for note in score.notes)
