"""The audit as plain text, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap

from phenolens.audit.baselines import Baseline
from phenolens.audit.evidence import Evidence
from phenolens.audit.finding import Finding
from phenolens.audit.predictability import Prediction
from phenolens.audit.protocols import Answer
from phenolens.audit.shares import Share
from phenolens.audit.waterfall import Stage
from phenolens.core.counts import count_of
from phenolens.drawing.numbers import p_text, shown

_WIDTH = 96
_SIGNS = {"leak": "LEAK   ", "warning": "WARNING", "fine": "fine   "}


def write_audit(found: Evidence) -> str:
    """Return an audit as lines of text, the verdict first."""
    about = found.about
    lines = [
        *_wrapped(found.verdict.sentence),
        *_wrapped(found.verdict.figures),
        "",
        f"{about.rows} {about.level} x {count_of(about.features, 'feature')}; "
        f"{count_of(about.treatments, 'treatment')}, {count_of(about.compounds, 'compound')}, "
        f"{count_of(about.plates, 'plate')}, {count_of(about.batches, 'batch', 'batches')}; "
        f"seed {about.seed}",
        *(line for note in about.notes for line in _wrapped(note, "  ")),
        "",
    ]
    for finding in found.findings:
        lines += _finding(finding)
    lines += ["", *_protocols(found.protocols, found.baselines)]
    lines += ["", *_probes(found.probes)]
    lines += ["", *_neighbours(found.neighbours)]
    lines += _waterfall(found.waterfall)
    return "\n".join(lines).rstrip() + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _finding(finding: Finding) -> list[str]:
    lines = [f"{_SIGNS[finding.severity]} {finding.title}"]
    lines += _wrapped(finding.evidence, " " * 8)
    if finding.fix:
        lines += _wrapped(f"Fix: {finding.fix}", " " * 8)
    return lines


def _protocols(protocols: Sequence[Answer], baselines: Sequence[Baseline]) -> list[str]:
    lines = [
        f"{'score':31}{'value':>7}{'hits':>10}{'interval':>15}{'chance':>8}{'p':>9}  baselines"
    ]
    for answer in protocols:
        title, score = answer.protocol.title, answer.score
        if score is None:
            lines += _wrapped(f"{title}: not computed: {answer.why_not}", "  ")[:2]
            continue
        hits = f"{score.hits}/{score.n}" if score.hits is not None else f"n {score.n}"
        interval = f"[{shown(score.low)}, {shown(score.high)}]"
        p = "" if math.isnan(score.p) else p_text(score.p)
        rivals = {base.name: base.score(answer.protocol.key) for base in baselines}
        others = [f"{name} {shown(rival.value)}" for name, rival in rivals.items() if rival]
        lines.append(
            f"{title[:30]:31}{shown(score.value):>7}{hits:>10}{interval:>15}"
            f"{shown(score.null):>8}{p:>9}  {', '.join(others)}"
        )
    return lines


def _probes(probes: Sequence[Prediction]) -> list[str]:
    lines = [
        f"{'predicted from the features':31}{'rows':>10}{'accuracy':>10}{'shuffled':>10}{'p':>9}"
    ]
    lines += [
        f"{f'{row.column} ({row.probe})':31}{row.on:>10}"
        f"{shown(row.value):>10}{shown(row.chance):>10}{p_text(row.p):>9}"
        for row in probes
        if not row.why_not
    ]
    return lines


def _neighbours(rows: Sequence[Share]) -> list[str]:
    lines = [f"{'share in the same place':31}{'place':>15}{'share':>8}{'expected':>10}{'n':>7}"]
    lines += [
        f"{row.question:31}{row.place:>15}{shown(row.value):>8}{shown(row.expected):>10}{row.n:>7}"
        for row in rows
    ]
    return lines


def _waterfall(stages: Sequence[Stage]) -> list[str]:
    if not stages:
        return []
    lines = ["", "step by step (gain over the step before, 95 % interval)"]
    for stage in stages:
        phrases = []
        for score in stage.scores.values():
            gain = score.gain
            change = (
                "" if gain is None else f" ({gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}])"
            )
            phrases.append(f"{score.title} {shown(score.value)}{change}")
        lines.append(f"  {stage.step}")
        lines += _wrapped("; ".join(phrases), "      ")
    return lines
