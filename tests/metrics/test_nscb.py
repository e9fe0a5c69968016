from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.nscb import Nscb, Protocol


def neighbours(profiles: Profiles, protocol: Protocol) -> tuple[int | None, int, dict[str, str]]:
    score = Nscb(protocol=protocol)(profiles)
    found = score.rows["neighbour_treatment"].fillna("-")
    return score.hits, score.n, dict(zip(score.rows["treatment"], found, strict=True))


def test_strict_worked_by_hand(circle: Profiles) -> None:
    """Z lies in one batch only and goes; seven are left. Angles in degrees:

    a1 (w1): d1 (45), the nearest in w2 alone; a Y: miss.  a2 (w2): b1 (4), hit.
    b1 (w1): a2 (4), hit.  t1 stands in all batches: no candidate, miss.
    d1 (w2): b1 (31), an X: miss.  c1 (w1): d1 (45), hit.  c2 (w2): b1 (86), miss.
    """
    assert neighbours(circle, "strict") == (
        3,
        7,
        {"a1": "d1", "a2": "b1", "b1": "a2", "t1": "-", "d1": "b1", "c1": "d1", "c2": "b1"},
    )
    score = Nscb(unmatched="skip")(circle)
    assert (score.hits, score.n) == (3, 6)
    assert "moa in one batch only, left out: Z (2)" in score.notes


def test_string_batches_worked_by_hand(circle: Profiles) -> None:
    """The text 'w1,w2,w3' is no other's, so t1 stands with everyone.

    a1: t1 (20), hit. t1: b1 (6), hit. d1: t1 (25), miss. c2: t1 (80) before b1 (86), miss.
    """
    assert neighbours(circle, "string_batches") == (
        5,
        7,
        {"a1": "t1", "a2": "b1", "b1": "a2", "t1": "b1", "d1": "t1", "c1": "d1", "c2": "t1"},
    )


def test_median_batch_worked_by_hand(circle: Profiles) -> None:
    """The middle of w1, w2, w3 makes t1 one of w2: it stands with a1, b1 and c1 alone.

    a1: t1 (20), hit. t1: b1 (6), hit. d1 and c2, both w2: b1 (31, 86), misses.
    """
    assert neighbours(circle, "median_batch") == (
        5,
        7,
        {"a1": "t1", "a2": "b1", "b1": "a2", "t1": "b1", "d1": "b1", "c1": "d1", "c2": "b1"},
    )


def test_same_batch_and_label_worked_by_hand(circle: Profiles) -> None:
    """Whoever shares batch and MoA goes, whoever shares the batch alone stays.

    a1: b1 and t1 are X of w1: d1 (45), miss. t1 shares a batch with every X: d1 (25), miss.
    d1: t1 (25), of its batch but an X: miss. c2: d1 is a Y of w2: t1 (80), miss.
    """
    assert neighbours(circle, "same_batch_and_label") == (
        3,
        7,
        {"a1": "d1", "a2": "b1", "b1": "a2", "t1": "d1", "d1": "t1", "c1": "d1", "c2": "t1"},
    )
    score = Nscb(protocol="same_batch_and_label")(circle)
    assert np.isnan([score.null, score.p]).all()
    assert "no chance level: which neighbours are excluded depends on the moa itself" in score.notes


def test_batches_are_numbered_as_a_reader_would(circle: Profiles) -> None:
    """The lower middle of weeks 1, 2, 9 and 10 is week 2, where d1 stands; as text it is 10."""
    meta = circle.meta.copy()
    weeks = {"w1": "Week1", "w2": "Week2", "w3": "Week9", "w1|w2|w3": "Week1|Week10|Week2|Week9"}
    meta["batch"] = meta["batch"].map(weeks)
    assert neighbours(replace(circle, meta=meta), "median_batch")[2]["d1"] == "b1"


@pytest.mark.parametrize("protocol", ["strict", "same_batch_and_label"])
def test_against_a_slow_loop(random_treatments: Profiles, protocol: Protocol) -> None:
    meta = random_treatments.meta
    far = pairwise_distances(random_treatments.features.astype(np.float64), metric="cosine")
    batches = [set(b.split("|")) for b in meta["batch"]]
    hits = {}
    for i in range(len(meta)):
        allowed = [
            j
            for j in range(len(meta))
            if meta["compound"][j] != meta["compound"][i]
            and not (
                batches[i] & batches[j]
                and (protocol == "strict" or meta["moa"][i] == meta["moa"][j])
            )
        ]
        j = min(allowed, key=lambda j: far[i, j])
        hits[meta["treatment"][i]] = int(meta["moa"][i] == meta["moa"][j])
    score = Nscb(protocol=protocol)(random_treatments)
    assert dict(zip(score.rows["treatment"], score.rows["value"], strict=True)) == hits


def test_one_batch_only_is_found_for_truths_of_several_values(circle: Profiles) -> None:
    """Z alone lies in w3; a row that is also an X is seen in several batches and stays."""
    meta = circle.meta.copy()
    meta.loc[meta["treatment"] == "f1", "moa"] = "X|Z"
    score = Nscb()(replace(circle, meta=meta))
    assert set(score.rows["treatment"]) == {"a1", "a2", "b1", "c1", "c2", "d1", "f1", "t1"}


def test_where_every_moa_lies_in_one_batch_there_is_no_score(circle: Profiles) -> None:
    meta = circle.meta.assign(batch="w1")
    with pytest.raises(InputError, match="every moa is in one batch"):
        Nscb()(replace(circle, meta=meta))
    with pytest.raises(InputError, match="nscb needs a column 'batch'"):
        Nscb()(replace(circle, meta=circle.meta.drop(columns="batch")))


def test_an_unknown_batch_differs_from_none(circle: Profiles) -> None:
    meta = circle.meta.copy()
    meta["batch"] = meta["batch"].astype(object).where(meta["treatment"] != "b1", None)
    for protocol in ("strict", "string_batches", "median_batch"):
        score = Nscb(protocol=protocol)(replace(circle, meta=meta))
        row = score.rows.set_index("treatment").loc["b1"]
        assert pd.isna(row["neighbour_treatment"])
        assert "b1" not in set(score.rows["neighbour_treatment"])
    # It may be any batch's: of another MoA it is met, of its own it is not.
    score = Nscb(protocol="same_batch_and_label")(replace(circle, meta=meta))
    row = score.rows.set_index("treatment").loc["b1"]
    assert (row["neighbour_treatment"], row["value"]) == ("d1", 0)


def test_mechanisms_that_are_text_and_numbers_are_left_out_by_name(circle: Profiles) -> None:
    """Z, and a number that is in one batch too, have no order between them."""
    meta = circle.meta.copy()
    meta["moa"] = meta["moa"].astype(object)
    first = int(np.flatnonzero(meta["moa"] == "Z")[0])
    more = meta.iloc[[first]].assign(moa=5, treatment="n1", compound="n")
    odd = replace(
        circle,
        meta=pd.concat([meta, more], ignore_index=True),
        features=np.vstack([circle.features, circle.features[[first]]]),
    )
    (note,) = [note for note in Nscb()(odd).notes if "in one batch only" in note]
    assert "5 (1)" in note
    assert "Z (" in note
