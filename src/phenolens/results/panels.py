"""Panels of a run: each score with its baselines, its chance level and the axis they share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from phenolens.drawing.panel import Bar, Panel, numbers_of, scale_of
from phenolens.drawing.scale import Scale
from phenolens.metrics.base import Facts, facts_of
from phenolens.results.answered import Answered, OwnChain
from phenolens.results.contents import number

_OWN, _RUN = "own chain", "chain of this run"  # of a baseline, where both are shown


def panels(results: Mapping[str, Any], answer: Answered | None = None) -> tuple[Panel, ...]:
    """Return one panel per score of a run's results, in their order.

    Args:
        results: Of the run, whose baselines have the chain of the run.
        answer: Of `phenolens auto`: its baselines have a chain of their own, and are added. Names
            then say which chain a baseline has.
    """
    return tuple(
        _panel(key, score, _baselines(results, answer, key))
        for key, score in (results.get("scores") or {}).items()
        if score
    )


def _baselines(results: Mapping[str, Any], answer: Answered | None, key: str) -> list[Bar]:
    """Return the bars of a score's baselines: with the chain of the run, then with their own."""
    own = answer.baselines if answer else ()
    chain = f" ({_RUN})" if own else ""
    found = [
        _bar(f"{name}{chain}", of[key], trained=False)
        for name, of in (results.get("baselines") or {}).items()
        if of and of.get(key)
    ]
    return [*found, *(_own(one) for one in own if one.score == key)]


def _panel(key: str, score: Mapping[str, Any], others: Sequence[Bar]) -> Panel:
    facts = facts_of(key)
    trained = _bar("this run", score, trained=True)
    bars = (trained, *sorted(others, key=lambda bar: _rank(bar.value, facts.better)))
    null, null_high = number(score.get("null")), number(score.get("null_high"))
    if math.isnan(null):  # not drawn for this run, but known
        null = facts.chance_level
    values = [*numbers_of(bars), null, null_high]
    return Panel(
        key=key,
        title=facts.title,
        about=_about(facts),
        bars=bars,
        scale=Scale.around(values, keep=[0.0]) if facts.better == "zero" else scale_of(values),
        null=null,
        null_high=null_high,
        p=number(score.get("p")),
        notes=tuple(map(str, score.get("notes") or ())),
        better=facts.better,
    )


def _about(facts: Facts) -> str:
    """Return what a metric measures; and what is good, where it is not simply a high value."""
    return facts.about if facts.better == "high" else f"{facts.about} Good: {facts.good}".strip()


def _rank(value: float, better: str) -> float:
    """Return a key that sorts the best value first, NaN last."""
    if math.isnan(value):
        return math.inf
    return {"high": -value, "low": value, "zero": abs(value)}[better]


def _bar(name: str, score: Mapping[str, Any], *, trained: bool) -> Bar:
    value, low, high = (number(score.get(key)) for key in ("value", "low", "high"))
    paired = score.get("ahead") or {}
    difference, least, most = (number(paired.get(key)) for key in ("value", "low", "high"))
    ahead = (difference, least, most)
    return Bar(name, trained, value, low, high, score.get("hits"), score.get("n"), ahead)


def _own(one: OwnChain) -> Bar:
    """Return the bar of a baseline under its own chain."""
    names = ("value", "low", "high", "ahead_value", "ahead_low", "ahead_high")
    value, low, high, ahead, least, most = (number(one.figures[name]) for name in names)
    return Bar(
        name=f"{one.baseline} ({_OWN})",
        trained=False,
        value=value,
        low=low,
        high=high,
        ahead=(ahead, least, most),
        own_chain=True,
    )
