"""Panels: each score with its baselines, its chance level and the axis they share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phenolens.core.registry import catalogue
from phenolens.drawing.scale import Scale

NAMES = {"nsc": "NSC", "nscb": "NSCB", "drop": "Drop", "map": "mAP"}
ABOUT = {
    "nsc": "Share of treatments whose nearest other compound has the same mechanism.",
    "nscb": "The same, with neighbours allowed only from another batch.",
    "drop": "NSC minus NSCB: how much of the score leaned on the batch. Lower is better.",
}
LOWER_IS_BETTER = frozenset({"drop"})


@dataclass(frozen=True, slots=True)
class Bar:
    """One measured score: the trained model's or a baseline's. Absent numbers are NaN.

    Attributes:
        name: `this run`, or the baseline's.
        trained: Whether it is the run's own.
        value: The score.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        hits: Rows that count as a hit, where the score is a share.
        n: Rows asked.
        ahead: By how much the run exceeds this baseline, row by row: difference, low and high of
            its 95 % interval; NaN where that was not measured.
    """

    name: str
    trained: bool
    value: float
    low: float
    high: float
    hits: int | None
    n: int | None
    ahead: tuple[float, float, float] = (math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Panel:
    """One score: the run's bar first, then its baselines, best first.

    Attributes:
        key: As in results.json.
        title: As shown.
        about: What it measures, in a sentence.
        bars: All on one scale.
        scale: Axis of the bars.
        null: What chance gives on average.
        null_high: What chance exceeds in one of twenty draws.
        p: Share of chance draws that reach the run's value.
        notes: Sentences of the metric.
    """

    key: str
    title: str
    about: str
    bars: tuple[Bar, ...]
    scale: Scale
    null: float
    null_high: float
    p: float
    notes: tuple[str, ...]

    @property
    def trained(self) -> Bar:
        """The run's own bar."""
        return self.bars[0]

    @property
    def lower_is_better(self) -> bool:
        """Whether a small value is the good one."""
        return self.key in LOWER_IS_BETTER

    @property
    def best_baseline(self) -> Bar | None:
        """The strongest baseline that has a value."""
        return next((bar for bar in self.bars[1:] if math.isfinite(bar.value)), None)


def panels(results: Mapping[str, Any]) -> tuple[Panel, ...]:
    """Return one panel per score of a run's results, in their order."""
    baselines: Mapping[str, Any] = results.get("baselines") or {}
    return tuple(
        _panel(key, score, {name: (of or {}).get(key) for name, of in baselines.items()})
        for key, score in (results.get("scores") or {}).items()
        if score
    )


def title(key: str) -> str:
    """Return a score's name as shown.

    Example:
        >>> title("nscb"), title("drug_vs_control")
        ('NSCB', 'Drug vs control')
    """
    return NAMES.get(key, key.replace("_", " ").capitalize())


def shown(value: float, digits: int = 2) -> str:
    """Return a number as text, with a true minus sign; a dash where there is none.

    Example:
        >>> shown(0.7), shown(-0.031), shown(float("nan"))
        ('0.70', '\u22120.03', '\u2013')
    """
    if not math.isfinite(value):
        return "\u2013"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\u2212")


def _panel(key: str, score: Mapping[str, Any], baselines: Mapping[str, Any]) -> Panel:
    trained = _bar("this run", score, trained=True)
    others = [_bar(name, of, trained=False) for name, of in baselines.items() if of]
    sign = 1 if key in LOWER_IS_BETTER else -1
    others.sort(key=lambda bar: math.inf if math.isnan(bar.value) else sign * bar.value)
    bars = (trained, *others)
    null, null_high = number(score.get("null")), number(score.get("null_high"))
    held = [v for bar in bars for v in (bar.value, bar.low, bar.high)] + [null, null_high]
    finite = [v for v in held if math.isfinite(v)]
    share = finite and key not in LOWER_IS_BETTER and min(finite) >= 0 and max(finite) <= 1
    entry = catalogue("metrics").get(key)
    return Panel(
        key=key,
        title=title(key),
        about=ABOUT.get(key, entry.summary if entry else ""),
        bars=bars,
        scale=Scale(0.0, 1.0) if share else Scale.around(finite, keep=[0.0]),
        null=null,
        null_high=null_high,
        p=number(score.get("p")),
        notes=tuple(map(str, score.get("notes") or ())),
    )


def _bar(name: str, score: Mapping[str, Any], *, trained: bool) -> Bar:
    value, low, high = (number(score.get(key)) for key in ("value", "low", "high"))
    paired = score.get("ahead") or {}
    difference, least, most = (number(paired.get(key)) for key in ("value", "low", "high"))
    ahead = (difference, least, most)
    return Bar(name, trained, value, low, high, score.get("hits"), score.get("n"), ahead)


def number(value: object) -> float:
    """Return a number of results.json, NaN where it is null."""
    return float(value) if isinstance(value, int | float) else math.nan
