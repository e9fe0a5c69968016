"""Small charts over time: lines with bands, on scales that all charts share, or on their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from jaxtyping import Float

from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup, anchor, percent, tag

_Values = Float[np.ndarray, " t"]


PALEST = 47  # percent of the full colour: 3:1 against the paper, light and dark


def _none() -> _Values:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class TimeLine:
    """One line over time, with a band around it.

    Attributes:
        name: As a tooltip shows it.
        hours: (t,) sorted.
        values: (t,); a gap where not finite.
        colour: Of CSS.
        low: (t,) lower edge of the band; empty: no band.
        high: (t,) upper edge of the band.
    """

    name: str
    hours: _Values
    values: _Values
    colour: str
    low: _Values = field(default_factory=_none)
    high: _Values = field(default_factory=_none)


def ramp(place: int, count: int) -> str:
    """Return a CSS colour for one of an ordered series: from pale to full.

    One hue of growing strength, so that every eye sees the order, on light and dark paper.

    Example:
        >>> ramp(0, 3), ramp(2, 3)
        ('color-mix(in oklab,var(--hot) 47%,var(--band))', 'color-mix(in oklab,var(--hot) 100%,var(--band))')
    """  # noqa: E501
    share = 100 if count < 2 else round(PALEST + (100 - PALEST) * place / (count - 1))
    return f"color-mix(in oklab,var(--hot) {share}%,var(--band))"


def time_chart(
    lines: Sequence[TimeLine],
    control: TimeLine | None,
    x: Scale,
    y: Scale,
    label: str,
    own: Scale | None = None,
) -> Markup:
    """Return one chart of lines over hours.

    Args:
        lines: In the order in which they are drawn: the last is on top.
        control: The band of the controls, in grey, under all others; its values are not drawn.
        x: Hours.
        y: Values, on the scale that charts share.
        label: For who cannot see it.
        own: Values on a scale of this chart alone, that a page can switch to (`data-own` is the
            view box for it; what has the class `for-own` belongs to it, `for-same` to the other).
    """
    drawn = [] if control is None else _bands(control, x, y, "chart-control")
    for line in lines:
        drawn += _bands(line, x, y, "chart-band")
    for line in lines:
        drawn += [
            tag("polyline", tag("title", line.name), class_="chart-line", points=run,
                style=f"stroke:{line.colour}")
            for run in _runs(line.hours, line.values, x, y)
        ]  # fmt: skip
    stretched = tag(
        "svg", *drawn, viewBox="0 0 100 100", preserveAspectRatio="none", width="100%",
        height="100%", class_="stretched", data_own=own and _view(own, y),
    )  # fmt: skip
    scaled = [
        tag("g", *_levels(scale), *_alone(lines, x, scale), class_=kind)
        for scale, kind in ((y, "for-same"), (own, "for-own"))
        if scale
    ]
    return tag("svg", *_hours(x), *scaled, stretched, class_="chart", role="img", aria_label=label)


def _view(own: Scale, y: Scale) -> str:
    """Return the view box in which what is drawn on `y` is seen on the scale `own`."""
    high, low = ((y.high - end) / (y.high - y.low) * 100 for end in (own.high, own.low))
    return f"0 {high:.3f} 100 {low - high:.3f}"


def _levels(y: Scale) -> list[Markup]:
    marks: list[Markup] = []
    for value in y.ticks(4):
        top = percent(100 - y.percent(value))
        marks.append(tag("line", class_="grid", x1="0%", x2="100%", y1=top, y2=top))
        marks.append(tag("text", _short(value), x=-6, y=top, dy=4, text_anchor="end"))
    return marks


def _hours(x: Scale) -> list[Markup]:
    marks: list[Markup] = []
    for value in x.ticks(4):
        at = x.percent(value)
        words = tag("text", _short(value), x=percent(at), y="100%", dy=16, text_anchor=anchor(at))
        marks.append(words)
    if x.low < 0 < x.high:  # the moment at which the drug was added
        across = percent(x.percent(0.0))
        marks.append(tag("line", class_="null", x1=across, x2=across, y1="0%", y2="100%"))
    return marks


def _bands(line: TimeLine, x: Scale, y: Scale, kind: str) -> list[Markup]:
    if not len(line.low):
        return []
    whole = np.isfinite(line.low) & np.isfinite(line.high)
    made = []
    for ok, run in groupby(range(len(whole)), key=lambda i: bool(whole[i])):
        if ok:
            there = list(run)
            edge = [_point(line.hours[i], line.low[i], x, y) for i in there]
            edge += [_point(line.hours[i], line.high[i], x, y) for i in reversed(there)]
            made.append(
                tag("polygon", class_=kind, points=" ".join(edge), style=f"fill:{line.colour}")
            )
    return made


def _alone(lines: Sequence[TimeLine], x: Scale, y: Scale) -> list[Markup]:
    """Return a dot for each value without a neighbour: a line of one point is not seen."""
    dots = []
    for line in lines:
        whole = np.isfinite(line.values)
        padded = np.pad(whole, 1)
        for i in np.flatnonzero(whole & ~padded[:-2] & ~padded[2:]).tolist():
            across, up = x.percent(float(line.hours[i])), y.percent(float(line.values[i]))
            dots.append(
                tag("circle", cx=percent(across), cy=percent(100 - up), r=2.2,
                    style=f"fill:{line.colour}")
            )  # fmt: skip
    return dots


def _runs(hours: _Values, values: _Values, x: Scale, y: Scale) -> list[str]:
    """Return polyline points, one string per unbroken run of finite values."""
    whole = np.isfinite(values)
    return [
        " ".join(_point(hours[i], values[i], x, y) for i in run)
        for ok, run in groupby(range(len(whole)), key=lambda i: bool(whole[i]))
        if ok
    ]


def _point(hour: float, value: float, x: Scale, y: Scale) -> str:
    # Three decimals: on its own scale a chart may show a hundredth of the height.
    return f"{round(x.percent(float(hour)), 2):g},{round(100 - y.percent(float(value)), 3):g}"


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "\u2212")
