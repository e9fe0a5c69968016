"""The factors: which axis of the grid moves which score by how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from phenolens.drawing.numbers import p_text, signed
from phenolens.drawing.panel import Bar, Panel, numbers_of
from phenolens.drawing.scale import Scale
from phenolens.overview.compared import ALPHA, Compared
from phenolens.overview.entries import digits_for, number, text
from phenolens.overview.gaps import Gap, gap_of
from phenolens.overview.part import Part, fill

MOST = 12  # effects of one axis that are shown at once


@dataclass(frozen=True, slots=True)
class Effect:
    """One value of an axis less another, all else equal.

    Attributes:
        score: Name of the score.
        axis: Of the grid.
        one: A value of the axis.
        other: Another one.
        gap: `one` less `other`, averaged over pairs of cells that differ in this axis only.
        cells: How many such pairs.
    """

    score: str
    axis: str
    one: str
    other: str
    gap: Gap
    cells: int

    def upward(self) -> Effect:
        """Return the effect the way round in which it is positive."""
        if self.gap.value >= 0:
            return self
        return replace(self, one=self.other, other=self.one, gap=self.gap.turned())

    @property
    def bar(self) -> Bar:
        """The effect as a bar: full where it is more than chance."""
        name = f"{self.one} less {self.other}"
        return Bar(name, self.gap.clear, self.gap.value, self.gap.low, self.gap.high, n=self.gap.n)


@dataclass(frozen=True, slots=True)
class AxisFigure:
    """The effects of one axis on one score: of many the largest, and the others apart."""

    axis: str
    rows: tuple[tuple[Effect, Panel], ...]
    more: tuple[tuple[Effect, Panel], ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreFigure:
    """The effects of all axes on one score, on one scale."""

    key: str
    title: str
    axes: tuple[AxisFigure, ...]
    scale: Scale
    digits: int


def factors(compared: Compared) -> Part | None:
    """Return the section, or None where no effect was measured."""
    found = effects(compared)
    known = [one for one in found if math.isfinite(one.gap.value)]
    if not known:
        return None
    scores = [score for score in compared.scores if any(one.score == score for one in known)]
    figures = [_figure(compared, score, [e for e in found if e.score == score]) for score in scores]
    axes = list(dict.fromkeys(one.axis for one in known))
    return fill(
        "factors",
        "Which factor moves which score",
        "Factors",
        figures=figures,
        scores=[(figure.key, figure.title) for figure in figures],
        axes=axes,
        strongest={axis: [_strongest(known, axis, score) for score in scores] for axis in axes},
        alpha=ALPHA,
        signed=signed,
        p_text=p_text,
    )


def effects(compared: Compared) -> list[Effect]:
    """Return the effects of the table, in its order."""
    rows = compared.effects.to_dict("records") if "axis" in compared.effects else []
    return [
        Effect(
            score=text(row["score"]),
            axis=text(row["axis"]),
            one=text(row["one"]),
            other=text(row["other"]),
            gap=gap_of(row),
            cells=int(number(row["cells"])) if math.isfinite(number(row["cells"])) else 0,
        )
        for row in rows
    ]


def _strongest(known: Sequence[Effect], axis: str, score: str) -> Effect | None:
    """Return the largest effect of an axis on a score; one that is more than chance comes first."""
    those = [one for one in known if (one.axis, one.score) == (axis, score)]
    found = max(those, key=lambda one: (one.gap.clear, abs(one.gap.value)), default=None)
    return found and found.upward()


def _figure(compared: Compared, score: str, found: Sequence[Effect]) -> ScoreFigure:
    bars = [one.bar for one in found]
    scale = Scale.around(numbers_of(bars), keep=[0.0])
    title = compared.title(score)
    rows = [(one, Panel(score, title, (one.bar,), scale, null=0.0)) for one in found]
    axes = tuple(
        _axis(axis, [row for row in rows if row[0].axis == axis])
        for axis in dict.fromkeys(one.axis for one in found)
    )
    return ScoreFigure(score, title, axes, scale, digits_for(bar.value for bar in bars))


def _axis(axis: str, rows: Sequence[tuple[Effect, Panel]]) -> AxisFigure:
    if len(rows) <= MOST:
        return AxisFigure(axis, tuple(rows))
    known = [row for row in rows if math.isfinite(row[0].gap.value)]
    largest = sorted(known, key=lambda row: -abs(row[0].gap.value))[:MOST]
    others = [row for row in rows if all(row is not one for one in largest)]
    return AxisFigure(axis, tuple(largest), tuple(others))
