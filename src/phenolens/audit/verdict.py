"""Verdict: one sentence up front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phenolens.audit.finding import Finding
from phenolens.audit.protocols import Answer


def judge(findings: Sequence[Finding], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return the verdict: its level, a sentence, and the figures it is about.

    Leaks make a score not believable, and so does a leading score no better than chance; warnings
    are reservations; with neither it is believable.
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
    told = list(dict.fromkeys(reasons))
    more = f", and {len(told) - 3} more" if len(told) > 3 else ""
    sentence = level[0].upper() + level[1:] + (f": {'; '.join(told[:3])}{more}." if told else ".")
    return {"level": level, "sentence": sentence, "figures": _figures(answers)}


def _figures(answers: Mapping[str, Answer]) -> str:
    """Return the leading scores in a sentence."""
    told = []
    for key in ("nsc", "nscb_strict", "replicate_retrieval"):
        answer = answers[key]
        score = answer.score
        if score is None:
            continue
        share = f" ({score.hits} of {score.n})" if score.hits is not None else ""
        chance = f", chance {score.null:.2f}" if score.null == score.null else ""
        told.append(
            f"{answer.protocol.title} {score.value:.2f}{share} "
            f"[{score.low:.2f}, {score.high:.2f}]{chance}"
        )
    return "; ".join(told) + ("." if told else "No score could be asked of this table.")
