from __future__ import annotations

import pytest

from phenolens.audit.finding import Finding
from phenolens.audit.protocols import PROTOCOLS, Answer
from phenolens.audit.verdict import judge
from phenolens.core.score import Score

ANSWERS = {p.key: Answer(p, None, "absent") for p in PROTOCOLS}


def found(key: str, severity: str, title: str) -> Finding:
    return Finding(key=key, severity=severity, title=title, evidence="")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "sentence"),
    [
        ([], "Believable."),
        ([found("chance", "fine", "x")], "Believable."),
        ([found("a", "warning", "x")], "Believable with reservations: x."),
        ([found("a", "leak", "x"), found("b", "warning", "y")], "Not believable: x."),
        ([found("chance", "warning", "no better")], "Not believable: no better."),
        (
            [found("a", "warning", title) for title in "vwxyz"],
            "Believable with reservations: v; w; x, and 2 more.",
        ),
    ],
)
def test_leaks_decide_then_warnings(findings: list[Finding], sentence: str) -> None:
    assert judge(findings, ANSWERS).sentence == sentence


def test_the_figures_come_with_it() -> None:
    assert judge([], ANSWERS).figures == "No score can be computed from this table."
    score = Score(name="nsc", value=0.8155, low=0.73, high=0.88, hits=84, n=103, null=0.063)
    verdict = judge([], {**ANSWERS, "nsc": Answer(PROTOCOLS[0], score, "")})
    assert verdict.figures == "NSC 0.82 (84 of 103) [0.73, 0.88], chance 0.06."
