"""Gaps: the scores that two runs share, and their differences row by row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.drawing.panel import Bar, Panel, numbers_of, scale_of
from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents, number
from phenolens.statistics.holm import holm
from phenolens.statistics.paired import paired_difference, paired_gap
from phenolens.statistics.sign_flip import sign_flip_p

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Gap:
    """One score of two runs.

    Attributes:
        panel: Both runs on one axis: the first run is the open bar.
        difference: The second less the first, over the rows that both have; NaN where rows cannot
            be matched.
        low: Lower end of its 95 % interval (bootstrap over compounds).
        high: Upper end.
        rows: How many rows were compared.
        p: Of the sign-flip test over compounds.
        p_holm: After Holm's correction over the scores.
        found: What the test says: `differs`, `alike` (no more than chance) or `unknown` (rows
            cannot be matched, or there are too few compounds).
        words: The same in words.
    """

    panel: Panel
    difference: float
    low: float
    high: float
    rows: int
    p: float
    p_holm: float
    found: Literal["differs", "alike", "unknown"]
    words: str


def gaps(one: RunContents, other: RunContents, names: tuple[str, str]) -> tuple[Gap, ...]:
    """Return the scores that both runs have, in the order of the second.

    Args:
        one: The first run.
        other: The second run: differences are this one less the first.
        names: Of both, as shown.
    """
    both = [key for key in other.results.get("scores", {}) if key in one.results.get("scores", {})]
    found = [_difference(one, other, key) for key in both]
    p = np.array([gap[4] for gap in found], dtype=np.float64)
    corrected = np.full(len(p), math.nan)
    corrected[np.isfinite(p)] = holm(p[np.isfinite(p)])
    return tuple(
        Gap(_panel(one, other, key, names), *gap, float(q), *_verdict(key, gap, float(q), names))
        for key, gap, q in zip(both, found, corrected, strict=True)
    )


def _difference(
    one: RunContents, other: RunContents, key: str
) -> tuple[float, float, float, int, float]:
    """Return difference, interval, rows and p; NaN where rows cannot be matched."""
    try:
        here, there = (Score(name=key, value=math.nan, rows=run.rows[key]) for run in (other, one))
        found = paired_difference(here, there)
        gap, unit = paired_gap(here, there)
    except (InputError, KeyError):
        return math.nan, math.nan, math.nan, 0, math.nan
    return found.value, found.low, found.high, found.n, sign_flip_p(gap, unit)


def _panel(one: RunContents, other: RunContents, key: str, names: tuple[str, str]) -> Panel:
    facts = facts_of(key)
    bars = tuple(
        _bar(name, run.results["scores"][key], trained=trained)
        for name, run, trained in ((names[1], other, True), (names[0], one, False))
    )
    nulls = [number(run.results["scores"][key].get("null")) for run in (other, one)]
    values = [*numbers_of(bars), *nulls]
    return Panel(
        key=key,
        title=facts.title,
        bars=bars,
        scale=scale_of(values),
        null=nulls[0],
        better=facts.better,
    )


def _bar(name: str, score: dict[str, object], *, trained: bool) -> Bar:
    value, low, high = (number(score.get(key)) for key in ("value", "low", "high"))
    hits, n = (score.get(key) for key in ("hits", "n"))
    return Bar(
        name,
        trained,
        value,
        low,
        high,
        hits if isinstance(hits, int) else None,
        n if isinstance(n, int) else None,
    )


def _verdict(
    key: str, gap: tuple[float, float, float, int, float], p: float, names: tuple[str, str]
) -> tuple[Literal["differs", "alike", "unknown"], str]:
    """Return what the test says of a score, and the same in words."""
    value, _, _, rows, _ = gap
    if not rows:
        return "unknown", "the rows of the two cannot be matched"
    if not math.isfinite(p):
        return "unknown", "too few compounds to say"
    if p >= LEVEL:
        return "alike", "no more than chance"
    better = facts_of(key).better
    if better == "zero":
        return "differs", f"{names[1] if value > 0 else names[0]} is higher"
    higher = names[1] if (value > 0) == (better == "high") else names[0]
    return "differs", f"{higher} is better"
