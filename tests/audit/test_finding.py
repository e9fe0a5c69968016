from __future__ import annotations

import json

from phenolens.audit.finding import Finding, listed, worst_first


def finding(key: str, severity: str) -> Finding:
    return Finding(key=key, severity=severity, title=key, evidence="", columns=("a",))  # type: ignore[arg-type]


def test_leaks_come_first_and_what_explains_most_before_the_rest() -> None:
    given = [
        finding("predicts_plate", "warning"),
        finding("chance", "fine"),
        finding("batch_tells_truth", "warning"),
        finding("predicts_batch", "leak"),
        finding("code_in_features", "leak"),
    ]
    assert [f.key for f in worst_first(given)] == [
        "code_in_features", "predicts_batch", "batch_tells_truth", "predicts_plate", "chance",
    ]  # fmt: skip


def test_a_finding_is_plain_json() -> None:
    told = finding("chance", "fine").plain()
    assert json.loads(json.dumps(told)) == told
    assert told["columns"] == ["a"]


def test_long_lists_are_cut_and_counted() -> None:
    assert listed("abc", most=5) == "a, b, c"
    assert listed("abcdef", most=2) == "a, b and 4 more"
