"""Verdict: one sentence up front."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phenolens.audit.finding import Finding
from phenolens.audit.protocols import Answer, keys


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the scores can be believed.

    Attributes:
        level: `believable`, `believable with reservations` or `not believable`.
        sentence: The level, and why.
        figures: The leading scores, in a sentence.
    """

    level: str
    sentence: str
    figures: str


def judge(findings: Sequence[Finding], answers: Mapping[str, Answer]) -> Verdict:
    """Return the verdict.

    Leaks make a score not believable, and so does a leading score that is no better than chance;
    warnings are reservations; with neither it is believable.
    """
    leaks = [f.title for f in findings if f.severity == "leak"]
    warnings = [f.title for f in findings if f.severity == "warning"]
    no_chance = [f.title for f in findings if f.key == "chance" and f.severity == "warning"]
    reasons = leaks or no_chance
    if reasons:
        level = "not believable"
    elif warnings:
        level, reasons = "believable with reservations", warnings
    else:
        level = "believable"
    distinct = list(dict.fromkeys(reasons))
    more = f", and {len(distinct) - 3} more" if len(distinct) > 3 else ""
    why = f": {'; '.join(distinct[:3])}{more}." if distinct else "."
    return Verdict(level, level[0].upper() + level[1:] + why, _figures(answers))


def _figures(answers: Mapping[str, Answer]) -> str:
    """Return the leading scores in a sentence."""
    phrases = []
    for key in keys("verdict"):
        score = answers[key].score
        if score is None:
            continue
        share = f" ({score.hits} of {score.n})" if score.hits is not None else ""
        chance = "" if math.isnan(score.null) else f", chance {score.null:.2f}"
        phrases.append(
            f"{answers[key].protocol.title} {score.value:.2f}{share} "
            f"[{score.low:.2f}, {score.high:.2f}]{chance}"
        )
    return "; ".join(phrases) + "." if phrases else "No score can be computed from this table."
