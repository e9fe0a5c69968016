"""What can be believed follows from intervals, findings and flags."""

from __future__ import annotations

import pandas as pd
from tests.auto.conftest import facts

from phenolens.audit.finding import Finding
from phenolens.auto.believed import Gaps, believed
from phenolens.core.score import Score


def test_sentences_are_sorted_by_whether_they_are_clear() -> None:
    rows = pd.DataFrame()
    scores = {
        "nsc": Score("nsc", 0.6, 0.5, 0.7, null=0.06, null_high=0.1, rows=rows),
        "nscb": Score("nscb", 0.1, 0.0, 0.2, null=0.06, null_high=0.2, rows=rows),
        "drop": Score("drop", 0.5, 0.4, 0.6, null=0.0, rows=rows),
    }
    ahead = {"value": 0.3, "low": 0.2, "high": 0.4}
    level = {"value": 0.0, "low": -0.1, "high": 0.1}
    behind = {"value": -0.3, "low": -0.4, "high": -0.2}
    gaps: Gaps = {"plain": {"nsc": ahead, "nscb": level}, "counts": {"nsc": behind, "nscb": None}}
    findings = [
        Finding(key="a", severity="fine", title="no copies", evidence="None in 96."),
        Finding(key="b", severity="leak", title="a leak", evidence="It is there."),
    ]
    found = believed(
        scores,
        gaps,
        findings,
        ({"blurred": 3, "empty": 0}, {"rotated plate": ["P1 is.", "P2."]}),
        facts(),
    )
    assert found.can == (
        "NSC is above chance: 0.60 (0.50 to 0.70), chance 0.06.",
        "NSC is better than plain (+0.30, +0.20 to +0.40).",
        "No copies: None in 96.",
    )
    assert found.cannot == (
        "NSC is worse than counts (-0.30, -0.40 to -0.20).",
        "NSCB is not above chance: 0.10 (0.00 to 0.20), chance 0.06.",
        "NSCB is not clearly better than plain (+0.00, -0.10 to +0.10).",
        "A leak: It is there.",
        "Rotated plate: P1 is, and 1 more.",
        "3 blurred of 720 images: they were used, look at them first.",
    )


def test_replicates_are_optimistic_and_a_missing_map_is_named() -> None:
    score = Score("replicate_retrieval", 0.5, 0.4, 0.6, null=0.1, p=0.01, rows=pd.DataFrame())
    found = believed(
        {"replicate_retrieval": score}, {}, [], ({"empty": 0}, {}), facts(treatments=0)
    )
    assert any("optimistic" in one for one in found.cannot)
    assert any("--platemap" in one for one in found.cannot)
    assert not any("in no score" in one for one in found.cannot)
    assert any(
        "5 wells are in no score" in one
        for one in believed({}, {}, [], ({}, {}), facts(unnamed=5)).cannot
    )
    assert found.can[-1] == "No image of 720 is flagged for its quality."


def test_replicates_show_nothing_where_the_network_was_taught_by_them() -> None:
    score = Score("replicate_retrieval", 0.9, 0.8, 0.95, null=0.1, p=0.01, rows=pd.DataFrame())
    gaps: Gaps = {"plain": {"replicate_retrieval": {"value": 0.3, "low": 0.2, "high": 0.4}}}
    found = believed({"replicate_retrieval": score}, gaps, [], ({}, {}), facts(), taught=True)
    assert found.can == ()
    assert "which shows nothing: the network was trained to bring" in found.cannot[0]


def test_a_score_that_no_table_allows_is_not_judged() -> None:
    """With one compound per mechanism NSC is 0 by construction, whatever the audit makes of it."""
    one = Finding(key="cell_count", severity="warning", title="NSC", evidence="0 and 0.")
    found = believed({}, {}, [one], ({}, {}), facts(mechanisms=0))
    assert found.can == ()
    assert found.cannot == (
        "No score could be computed, so none says what is real.",
        "Mechanisms cannot be judged: no two of them have two compounds each.",
    )


def test_a_leak_of_the_background_withdraws_the_scores() -> None:
    scores = {"nsc": Score("nsc", 0.6, 0.5, 0.7, null=0.06, null_high=0.1, rows=pd.DataFrame())}
    leak = Finding(
        key="background",
        severity="leak",
        title="a leak",
        evidence="A leak: without a single cell nsc is above chance.",
    )
    ahead = {"value": 0.3, "low": 0.2, "high": 0.4}
    found = believed(scores, {"plain": {"nsc": ahead}}, [leak], ({}, {}), facts())
    assert not any("NSC" in one for one in found.can)
    for words in ("NSC is above chance", "NSC is better than plain (+0.30"):
        assert any(words in one and "without a single cell" in one for one in found.cannot)
    assert set(found.doubts) == {"nsc"}


def test_replicates_of_a_given_model_are_in_doubt() -> None:
    score = Score("replicate_retrieval", 0.6, 0.5, 0.7, null=0.1, p=0.01, rows=pd.DataFrame())
    for taught, clear in ((None, False), (False, True)):
        scores = {score.name: score}
        gaps: Gaps = {"plain": {score.name: {"value": 0.3, "low": 0.2, "high": 0.4}}}
        found = believed(scores, gaps, [], ({}, {}), facts(), taught=taught)
        for words in ("above chance", "better than plain"):
            assert any(words in one for one in found.can) == clear
            doubted = [one for one in found.cannot if words in one]
            assert ["if the model was trained" in one for one in doubted] == [True] * (not clear)
        assert bool(found.doubts) != clear


def test_an_answer_without_a_score_says_so() -> None:
    assert "No score could be computed" in believed({}, {}, [], ({}, {}), facts()).cannot[0]


def test_a_leak_of_replicates_alone_withdraws_no_score_of_mechanisms() -> None:
    """Each score is tested without cells by itself; the leak itself is among the doubts."""
    words = "A leak: without a single cell replicate_retrieval, nscb is above chance"
    leak = Finding(key="background", severity="leak", title="a leak", evidence=words)
    scores = {
        name: Score(name, 0.6, 0.5, 0.7, null=0.06, null_high=0.1, rows=pd.DataFrame())
        for name in ("nsc", "nscb")
    }
    found = believed(scores, {}, [leak], ({}, {}), facts())
    assert [*found.doubts] == ["nscb"]
    assert any(one.startswith("NSC is above chance") for one in found.can)
    assert any(words in one for one in found.cannot)
