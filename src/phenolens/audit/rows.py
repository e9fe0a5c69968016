"""The audit's figures: rows of one dot, its interval and its chance level, on a shared axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from phenolens.audit.baselines import Baseline
from phenolens.audit.predictability import Prediction
from phenolens.audit.protocols import Answer, keys
from phenolens.audit.shares import Share
from phenolens.audit.waterfall import Stage, StageScore
from phenolens.core.score import Score
from phenolens.drawing.numbers import p_text, signed
from phenolens.drawing.panel import SHARE, Bar, Panel, numbers_of, scale_of
from phenolens.drawing.scale import Scale


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows that share an axis.

    Attributes:
        title: Over the rows; empty where they need none.
        about: Sentences under the title.
        rows: A panel each, with its own chance level and one bar or several.
        notes: Sentences under the rows.
    """

    title: str
    about: str
    rows: tuple[Panel, ...]
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> Scale:
        """The axis they share."""
        return self.rows[0].scale


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read one score: what is good, what chance gives, what it cannot see, its notes."""

    title: str
    good: str
    chance: str
    blind: str
    notes: tuple[str, ...]


def protocol_figures(protocols: Sequence[Answer]) -> list[Figure]:
    """Return all scores: shares on one axis, and the rest on an axis each."""
    panels = [
        _score_panel(answer.protocol.key, answer.protocol.title, answer.score)
        for answer in protocols
        if answer.score is not None
    ]
    shares = tuple(panel for panel in panels if panel.scale == SHARE)
    figures = [Figure("", "", shares)] if shares else []
    return figures + [Figure("", "", (panel,)) for panel in panels if panel.scale != SHARE]


def baseline_figures(protocols: Sequence[Answer], baselines: Sequence[Baseline]) -> list[Figure]:
    """Return one figure per score that is compared with baselines, these features first."""
    figures = []
    for answer in protocols:
        key = answer.protocol.key
        rivals = {base.name: base.score(key) for base in baselines}
        others = [_bar(name, rival, trained=False) for name, rival in rivals.items() if rival]
        if others and answer.score is not None and key in keys("drawn"):
            bars = [_bar("these features", answer.score, trained=True), *others]
            panel = _panel(key, "", bars, null=answer.score.null, null_high=answer.score.null_high)
            figures.append(Figure(answer.protocol.title, "", (panel,), _leads(baselines, key)))
    return figures


def reading(protocols: Sequence[Answer]) -> list[Reading]:
    """Return how to read each score that was computed."""
    return [
        Reading(
            title=answer.protocol.title,
            good=answer.protocol.good,
            chance=_ended(answer.protocol.chance),
            blind=_ended(answer.protocol.blind),
            notes=(*_intervals(answer), *map(_sentence, answer.score.notes)),
        )
        for answer in protocols
        if answer.score is not None
    ]


def _leads(baselines: Sequence[Baseline], key: str) -> tuple[str, ...]:
    """Return by how much the features exceed each baseline, where rows could be paired."""
    leads = {base.name: base.scores[key].ahead for base in baselines if key in base.scores}
    return tuple(
        f"Row by row the features exceed the {name} by {signed(ahead.value)} "
        f"[{signed(ahead.low)}, {signed(ahead.high)}]."
        for name, ahead in leads.items()
        if ahead is not None
    )


def probe_figures(probes: Sequence[Prediction]) -> list[Figure]:
    """Return one figure for the controls and one for all rows: a row per column and probe."""
    figures = []
    for on, words in (("controls", "On negative controls"), ("all", "On all rows")):
        asked = [row for row in probes if row.on == on and not row.why_not]
        panels = []
        for row in asked:
            kind = "nearest five" if row.probe == "knn" else "linear"
            bars = [_dot(f"{row.column}, {kind}", row.value, n=row.n)]
            key = f"{row.column}-{row.probe}"
            panels.append(
                Panel(key, "", tuple(bars), SHARE, null=row.chance, null_high=row.null_high)
            )
        if panels:
            figures.append(Figure(words, _kept_apart(asked), tuple(panels)))
    return figures


def _kept_apart(asked: Sequence[Prediction]) -> str:
    """Return what training and test never share, in a sentence."""
    columns: dict[str, dict[str, None]] = {}
    for row in asked:
        columns.setdefault(row.grouped_by, {})[row.column] = None
    groups = [f"of one {group} ({', '.join(names)})" for group, names in columns.items()]
    return f"Training and test never share rows {'; '.join(groups)}." if groups else ""


def share_figures(shares: Sequence[Share]) -> list[Figure]:
    """Return one figure per kind of neighbour: a row per place; the line is what is expected."""
    figures = []
    for question in dict.fromkeys(row.question for row in shares):
        rows = [row for row in shares if row.question == question]
        panels = tuple(
            Panel(
                row.column,
                "",
                (_dot(f"same {row.place}", row.value, row.low, row.high, row.n),),
                SHARE,
                null=row.expected,
            )
            for row in rows
        )
        n = max(row.n for row in rows)
        figures.append(Figure(question[0].upper() + question[1:], f"{n} neighbours.", panels))
    return figures


def stage_figures(stages: Sequence[Stage]) -> list[Figure]:
    """Return one figure per score: a row per stage of the chain."""
    figures = []
    for key in dict.fromkeys(key for stage in stages for key in stage.scores):
        scored = [(stage.step, stage.scores[key]) for stage in stages if key in stage.scores]
        bars = [_dot(step, s.value, s.low, s.high) for step, s in scored]
        scale = scale_of(numbers_of(bars))
        rows = tuple(Panel(key, "", (bar,), scale) for bar in bars)
        figures.append(Figure(scored[0][1].title, "", rows, tuple(map(_gain, scored[1:]))))
    return figures


def _gain(stage: tuple[str, StageScore]) -> str:
    """Return what a step gained, in words."""
    step, score = stage
    gain = score.gain
    if gain is None:
        return f"{step}: its rows cannot be paired with those before"
    change = "a gain" if gain.low > 0 else "a loss" if gain.high < 0 else "no clear change"
    return (
        f"{step}: {signed(gain.value)} [{signed(gain.low)}, {signed(gain.high)}], {change} "
        f"over {gain.n} rows"
    )


def _intervals(answer: Answer) -> list[str]:
    """Return the second interval and the p-value, in words."""
    sentences = []
    low, high = answer.over_compounds
    if not math.isnan(low):
        sentences.append(f"Over resampled compounds the interval is {low:.2f} to {high:.2f}.")
    if answer.score is not None and not math.isnan(answer.score.p):
        p = p_text(answer.score.p)
        sentences.append(f"Under shuffled mechanisms or replicates: p {p}.")
    return sentences


def _score_panel(key: str, title: str, score: Score) -> Panel:
    bars = [_bar(title, score, trained=True)]
    return _panel(key, title, bars, null=score.null, null_high=score.null_high)


def _bar(name: str, score: Score, *, trained: bool) -> Bar:
    return Bar(name, trained, score.value, score.low, score.high, score.hits, score.n)


def _dot(
    name: str, value: float, low: float = math.nan, high: float = math.nan, n: int | None = None
) -> Bar:
    return Bar(name=name, trained=True, value=value, low=low, high=high, n=n)


def _panel(key: str, title: str, bars: Iterable[Bar], *, null: float, null_high: float) -> Panel:
    bars = tuple(bars)
    scale = scale_of([*numbers_of(bars), null, null_high])
    return Panel(key, title, bars, scale, null=null, null_high=null_high)


def _sentence(text: str) -> str:
    return _ended(text[0].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
