"""Whiskers, map and curves as SVG; lengths in percent, so figures stretch and text does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Float

from phenolens.core.counts import count_of
from phenolens.drawing.categories import SHAPES, Category
from phenolens.drawing.numbers import shown
from phenolens.drawing.panel import Bar, Panel
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup, anchor, percent, tag

ROW = 28  # height in pixels of one bar
MAP_MARGIN = 4.0  # percent left free around the map


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a curve figure.

    Attributes:
        name: As in the legend.
        x: Steps.
        y: Values; gaps where not finite.
        colour: Name of the CSS variable.
        dot: (x, y) of a state to mark; None: none.
    """

    name: str
    x: Float[np.ndarray, " n"]
    y: Float[np.ndarray, " n"]
    colour: str
    dot: tuple[float, float] | None = None


def whisker(bar: Bar, panel: Panel) -> Markup:
    """Return one bar: the chance band, the interval as a whisker, the value as a dot.

    Single seeds are small dots below.
    """
    at = panel.scale.percent
    parts = [_grid(panel.scale), *_band(panel)]
    kind = "trained" if bar.trained else "baseline"
    middle = ROW / 2
    if math.isfinite(bar.low) and math.isfinite(bar.high):
        x1, x2 = percent(at(bar.low)), percent(at(bar.high))
        parts.append(tag("line", class_=f"whisker {kind}", x1=x1, x2=x2, y1=middle, y2=middle))
        parts += [
            tag("line", class_=f"whisker {kind}", x1=x, x2=x, y1=middle - 4, y2=middle + 4)
            for x in (x1, x2)
        ]
    if len(bar.seeds) > 1:
        parts += [
            tag("circle", class_=f"seed {kind}", cx=percent(at(value)), cy=ROW - 5, r=1.8)
            for value in bar.seeds
            if math.isfinite(value)
        ]
    if math.isfinite(bar.value):
        radius = 6 if bar.trained else 4.5
        parts.append(
            tag("circle", class_=f"dot {kind}", cx=percent(at(bar.value)), cy=middle, r=radius)
        )
    words = f"{bar.name}: {shown(bar.value)}, interval {shown(bar.low)} to {shown(bar.high)}"
    return tag("svg", *parts, class_="track", height=ROW, role="img", aria_label=words)


def axis(scale: Scale) -> Markup:
    """Return the labelled axis under a stack of bars."""
    texts = (
        tag("text", _short(v), x=percent(at), y=12, text_anchor=anchor(at))
        for v, at in ((v, scale.percent(v)) for v in scale.ticks())
    )
    return tag("svg", *texts, class_="axis", height=16, aria_hidden="true")


def scatter(
    points: Float[np.ndarray, "n 2"], kinds: Sequence[Category], codes: Sequence[int]
) -> Markup:
    """Return the map of profiles: one mark per row, in data order, by colour and shape."""
    inner = 100 - 2 * MAP_MARGIN
    marks = []
    for i, (x, y) in enumerate(points):
        kind = kinds[codes[i]]
        path = tag("path", d=SHAPES[kind.shape], style=f"fill:var({kind.colour})")
        left, top = MAP_MARGIN + inner * float(x), MAP_MARGIN + inner * (1 - float(y))
        marks.append(
            tag("svg", path, class_="point", x=percent(left), y=percent(top), data_point=i)
        )
    links = tag("g", class_="links")
    label = f"Map of {count_of(len(points), 'profile')}"
    return tag("svg", links, *marks, class_="map", role="img", aria_label=label)


def curves(
    lines: Sequence[Line],
    y: Scale,
    references: Sequence[tuple[str, float]],
    label: str = "Training curves",
) -> Markup:
    """Return lines over the training step or the time, with dashed reference levels and dots."""
    steps = [float(v) for line in lines for v in line.x if math.isfinite(v)]
    x = Scale(min(0.0, *steps), max([*steps, 1.0]))
    drawn = [
        tag("polyline", class_="curve", points=run, style=f"stroke:var({line.colour})")
        for line in lines
        for run in _runs(line, x, y)
    ]
    stretched = tag(
        "svg", *drawn, viewBox="0 0 100 100", preserveAspectRatio="none", width="100%",
        height="100%", class_="stretched",
    )  # fmt: skip
    marks: list[Markup] = []
    for value in y.ticks():
        top = percent(100 - y.percent(value))
        marks.append(tag("line", class_="grid", x1="0%", x2="100%", y1=top, y2=top))
        marks.append(tag("text", _short(value), x=-8, y=top, dy=4, text_anchor="end"))
    for value in x.ticks(4):
        at = x.percent(value)
        words = tag("text", _steps(value), x=percent(at), y="100%", dy=18, text_anchor=anchor(at))
        marks.append(words)
    for name, value in references:
        top = percent(100 - y.percent(value))
        marks.append(tag("line", class_="reference", x1="0%", x2="100%", y1=top, y2=top))
        marks.append(
            tag("text", name, class_="reference", x="100%", y=top, dy=-5, text_anchor="end")
        )
    dots = [
        tag("circle", cx=percent(x.percent(line.dot[0])), cy=percent(100 - y.percent(line.dot[1])),
            r=5, class_="kept", style=f"fill:var({line.colour})")
        for line in lines if line.dot
    ]  # fmt: skip
    return tag("svg", *marks, stretched, *dots, class_="curves", role="img", aria_label=label)


def _grid(scale: Scale) -> Markup:
    ticks = (percent(scale.percent(value)) for value in scale.ticks())
    lines = [tag("line", class_="grid", x1=x, x2=x, y1=0, y2=ROW) for x in ticks]
    return tag("g", *lines)


def _band(panel: Panel) -> list[Markup]:
    """Return the range of chance: up to its 95th percentile, its mean as a line."""
    at, parts = panel.scale.percent, []
    if math.isfinite(panel.null_high):
        wide = percent(at(panel.null_high) - at(panel.scale.low))
        parts.append(tag("rect", class_="band", x="0%", y=0, width=wide, height=ROW))
    if math.isfinite(panel.null):
        x = percent(at(panel.null))
        parts.append(tag("line", class_="null", x1=x, x2=x, y1=0, y2=ROW))
    return parts


def _runs(line: Line, x: Scale, y: Scale) -> list[str]:
    """Return the line as polyline points, one string per unbroken run of finite values."""
    whole = np.isfinite(line.x) & np.isfinite(line.y)
    written = []
    for ok, run in groupby(range(len(whole)), key=lambda i: bool(whole[i])):
        if ok:
            written.append(
                " ".join(
                    f"{x.percent(float(line.x[i])):.2f},{100 - y.percent(float(line.y[i])):.2f}"
                    for i in run
                )
            )
    return written


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "\u2212")


def _steps(value: float) -> str:
    return f"{value / 1000:g}k" if abs(value) >= 10_000 else f"{value:g}"
