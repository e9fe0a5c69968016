"""Panel: one score as pages show it, with the bars that are compared on one axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from phenolens.drawing.scale import Scale

SHARE = Scale(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One measured score: that of the run, or of a baseline. Absent numbers are NaN.

    Attributes:
        name: As shown, such as `this run`.
        trained: Whether it is the score in question; baselines are drawn open.
        value: The score.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        hits: Rows that count as a hit, where the score is a share.
        n: Rows scored.
        ahead: By how much the run exceeds this baseline, row by row: difference, low and high of
            its 95 % interval; NaN where that was not measured.
        seeds: Values of the single seeds, where it is their mean.
        own_chain: Whether it is a baseline under a chain of steps that was chosen for it.
    """

    name: str
    trained: bool
    value: float
    low: float
    high: float
    hits: int | None = None
    n: int | None = None
    ahead: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    seeds: tuple[float, ...] = ()
    own_chain: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One score: the bar in question first, then its baselines, best first.

    Attributes:
        key: Name of the score.
        title: As shown.
        bars: All on one scale.
        scale: Axis of the bars.
        about: What the score measures, in a sentence.
        null: What chance gives on average.
        null_high: What chance exceeds in one of twenty draws.
        p: Share of chance draws that reach the value.
        notes: Sentences of the metric.
        better: Which values are good: `high`, `low`, or those near `zero`.
    """

    key: str
    title: str
    bars: tuple[Bar, ...]
    scale: Scale
    about: str = ""
    null: float = math.nan
    null_high: float = math.nan
    p: float = math.nan
    notes: tuple[str, ...] = ()
    better: Literal["high", "low", "zero"] = "high"

    @property
    def trained(self) -> Bar:
        """The bar in question."""
        return self.bars[0]

    @property
    def best_baseline(self) -> Bar | None:
        """The strongest baseline that has a value."""
        return next((bar for bar in self.bars[1:] if math.isfinite(bar.value)), None)


def scale_of(values: Iterable[float]) -> Scale:
    """Return 0 to 1 where all finite values are shares, else an axis around them and 0.

    Example:
        >>> scale_of([0.2, 0.9, float("nan")]), scale_of([-0.3, 0.5])
        (Scale(low=0.0, high=1.0, log=False), Scale(low=-0.4, high=0.6, log=False))
    """
    finite = [value for value in values if math.isfinite(value)]
    if finite and min(finite) >= 0 and max(finite) <= 1:
        return SHARE
    return Scale.around(finite, keep=[0.0])


def numbers_of(bars: Iterable[Bar]) -> list[float]:
    """Return every number that an axis under these bars must hold."""
    return [value for bar in bars for value in (bar.value, bar.low, bar.high)]
