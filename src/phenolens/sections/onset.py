"""The section of onsets: when each treatment departs from the controls, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from phenolens.core.counts import count_range
from phenolens.drawing.figures import axis, whisker
from phenolens.drawing.panel import Bar, Panel
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup
from phenolens.results.contents import RunContents
from phenolens.results.effects import Effect, effects_of
from phenolens.sections.base import Section

MOST = 60  # treatments that are drawn
NAMED = 12  # treatments that are named for one reason


class Onset(Section):
    """One line per treatment: its onset in hours and the interval, earliest first."""

    title: ClassVar[str] = "Onset"
    place: ClassVar[int] = 33

    @classmethod
    def of(cls, run: RunContents) -> Onset | None:
        """Return the section, or None where no onsets were computed."""
        if run.profiles is None or "onset" not in run.profiles.meta.columns:
            return None
        effects = effects_of(run)
        found = sorted(
            (e for e in effects if math.isfinite(e.onset)), key=lambda e: (e.onset, e.order)
        )
        if not effects:
            return None
        return cls.fill(
            chart=OnsetChart.of(found[:MOST]) if found else None,
            count=len(found),
            left_out=max(0, len(found) - MOST),
            reasons=_reasons([e for e in effects if math.isnan(e.onset)]),
            curves=count_range([e.curves for e in effects], "curve"),
        )


@dataclass(frozen=True, slots=True)
class OnsetChart:
    """The rows of the chart, and the axis under them.

    Attributes:
        rows: Name, drawing, the onset with its interval in words, and the treatment.
        axis: Hours.
    """

    rows: tuple[tuple[str, Markup, str, str], ...]
    axis: Markup

    @classmethod
    def of(cls, effects: Sequence[Effect]) -> OnsetChart:
        """Draw these onsets on one scale that begins when the drug is added."""
        ends = [value for e in effects for value in (e.onset, e.low, e.high)]
        scale = Scale.around(ends, keep=[0.0])
        return cls(tuple(_row(effect, scale) for effect in effects), axis(scale))


def _reasons(effects: Sequence[Effect]) -> list[tuple[str, list[str], int]]:
    """Return each reason for no onset, the commonest first: some treatments, and how many."""
    named: dict[str, list[str]] = {}
    for effect in effects:
        named.setdefault(effect.note or "no reason given", []).append(effect.name)
    common = sorted(named.items(), key=lambda pair: -len(pair[1]))
    return [(reason, names[:NAMED], len(names)) for reason, names in common]


def _row(effect: Effect, scale: Scale) -> tuple[str, Markup, str, str]:
    # An interval without an end is drawn to the end of the axis.
    low, high = (
        edge if math.isinf(end) else end
        for end, edge in ((effect.low, scale.low), (effect.high, scale.high))
    )
    bar = Bar(effect.name, trained=True, value=effect.onset, low=low, high=high)
    drawn = whisker(bar, Panel(key="onset", title="Onset", bars=(bar,), scale=scale))
    return effect.name, drawn, _words(effect), effect.treatment


def _words(effect: Effect) -> str:
    """Return the onset and its interval in hours."""
    if math.isnan(effect.low) and math.isnan(effect.high):
        return f"{effect.onset:.3g} h"
    return f"{effect.onset:.3g} h ({_end(effect.low)} to {_end(effect.high)})"


def _end(hours: float) -> str:
    """Return one end of an interval in words."""
    if math.isnan(hours):
        return "?"
    return "never" if math.isinf(hours) else f"{hours:.3g}".replace("-", "\u2212")
