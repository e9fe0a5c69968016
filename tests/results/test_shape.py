"""Values of another kind in the JSON files of a run."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.results.shape import wrong_log_facts, wrong_results

_SCORE = {"value": 0.5, "low": None, "hits": 3, "notes": ["a"], "ahead": {"value": 0.1}}
_WHOLE: dict[str, Any] = {
    "recipe": "x",
    "seed": 0,
    "version": None,
    "scores": {"nsc": _SCORE, "nscb": None},
    "baselines": {"untrained": {"nsc": _SCORE}, "cell count": None},
    "cost": {"steps": 3, "device": "cpu", "found": ["limits"]},
    "notes": [],
}


def test_what_a_run_writes_is_right() -> None:
    assert wrong_results(_WHOLE) == wrong_results({}) == ""
    assert wrong_log_facts({"dim": 8, "collapsed_loss": None}) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recipe": 3}, "'recipe' is not text"),
        ({"seed": True}, "'seed' is not a number"),
        ({"notes": "x"}, "'notes' is not a list of text"),
        ({"notes": [1]}, "'notes' is not a list of text"),
        ({"cost": []}, ""),  # as empty as none
        ({"cost": [1]}, "'cost' is not a table"),
        ({"cost": {"steps": "x"}}, "'cost.steps' is not a number"),
        ({"scores": [1]}, "'scores' is not a table"),
        ({"scores": {"nsc": "x"}}, "'scores.nsc' is not a table"),
        ({"scores": {"nsc": {"value": 10**400}}}, "'scores.nsc.value' is not a number"),
        ({"scores": {"nsc": {"notes": {}}}}, ""),
        ({"failed": ["nsc"]}, "'failed' is not a table"),
        ({"failed": {"nsc": 3}}, "'failed.nsc' is not text"),
        ({"baselines": 3}, "'baselines' is not a table"),
        ({"baselines": {"a": 3}}, "'baselines.a' is not a table"),
        ({"baselines": {"a": {"nsc": {"ahead": 1}}}}, "'baselines.a.nsc.ahead' is not a table"),
    ],
)
def test_the_first_value_of_another_kind_is_named(change: dict[str, Any], said: str) -> None:
    assert said in wrong_results(_WHOLE | change)


def test_facts_of_a_log() -> None:
    assert wrong_log_facts({"dim": [1]}) == "'dim' is not a number"
