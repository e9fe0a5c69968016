"""The section of trajectories: how far each drug is from the controls over time, dose by dose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from phenolens.core.counts import count_of, count_range
from phenolens.drawing.heat import full_at, heat_legend, heat_row, hours_axis
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup
from phenolens.drawing.time_chart import TimeLine, ramp, time_chart
from phenolens.results.contents import RunContents
from phenolens.results.courses import Course, courses_of, farthest
from phenolens.results.dose_orders import DoseOrder, dose_orders_of
from phenolens.sections.base import Section

MOST = 48  # drugs and cell lines that are drawn


class Trajectories(Section):
    """Small charts of the distance to the controls over time, and the same as heat grids."""

    title: ClassVar[str] = "Over time"
    place: ClassVar[int] = 32

    @classmethod
    def of(cls, run: RunContents) -> Trajectories | None:
        """Return the section, or None where the run has no trajectories."""
        courses, left_out = farthest(courses_of(run), MOST)
        if not courses:
            return None
        charts = charts_of(courses, dose_orders_of(run))
        doses = [dose for course in courses for dose in course.doses]
        return cls.fill(
            charts=charts,
            left_out=left_out,
            ramp=[ramp(k, 5) for k in range(5)],
            strengths=heat_legend(charts[0].top, max(map(_largest, courses))),
            curves=count_range((dose.curves for dose in doses), "curve"),
            banded=any(np.isfinite(course.control_high).any() for course in courses),
            bands=any(np.isfinite(dose.low).any() for dose in doses),
            ordered=any(chart.order for chart in charts),
        )


@dataclass(frozen=True, slots=True)
class Chart:
    """One drug in one cell line.

    Attributes:
        name: Compound; and cell line, where there are several.
        compound: Its name.
        line: Its cell line, if known.
        doses: From the weakest to the strongest, and of how many curves, in words.
        order: Whether curves of a higher dose are further away; None where it was not scored.
        svg: Its lines over time.
        rows: The same as a grid: name and cells of each dose, the strongest on top.
        axis: The hours under the grid.
        top: The distance of the grid's full colour, the same in all charts.
    """

    name: str
    compound: str
    line: str
    doses: str
    order: DoseOrder | None
    svg: Markup
    rows: tuple[tuple[str, Markup], ...]
    axis: Markup
    top: float


def charts_of(
    courses: Sequence[Course], orders: Mapping[tuple[str, str], DoseOrder] | None = None
) -> list[Chart]:
    """Draw every course on the same two scales; and on one of its own, to switch to."""
    hours = np.concatenate([dose.hours for course in courses for dose in course.doses])
    ends = [end for course in courses for end in _ends(course)]
    x = Scale(float(hours.min()), max(float(hours.max()), float(hours.min()) + 1))
    y = Scale.around(ends, keep=[0.0])
    top = full_at(np.concatenate([dose.distance for course in courses for dose in course.doses]))
    asked = orders or {}
    return [
        _chart(course, x, y, top, asked.get((course.compound, course.cell_line)))
        for course in courses
    ]


def _chart(course: Course, x: Scale, y: Scale, top: float, order: DoseOrder | None) -> Chart:
    count = len(course.doses)
    lines = [
        TimeLine(_tip(dose.name, dose.curves), dose.hours, dose.distance, ramp(k, count),
                 dose.low, dose.high)
        for k, dose in enumerate(course.doses)
    ]  # fmt: skip
    empty = np.full(len(course.hours), np.nan)
    control = TimeLine(
        "controls", course.hours, empty, "var(--band)", course.control_low, course.control_high
    )
    times = np.unique(np.concatenate([dose.hours for dose in course.doses]))
    columns = [f"{time:g} h" for time in times]
    rows = []
    for dose in course.doses[::-1]:
        cells = np.full(len(times), np.nan)
        cells[np.searchsorted(times, dose.hours)] = dose.distance
        tip = f"{course.name} {_tip(dose.name, dose.curves)}"
        rows.append((dose.name, heat_row(cells, tip, columns, top, _largest(course))))
    words = f"{course.name}: distance to the controls over time, {count_of(count, 'dose')}"
    return Chart(
        name=course.name,
        compound=course.compound,
        line=course.cell_line,
        doses=_doses(course),
        order=order,
        svg=time_chart(lines, control, x, y, words, Scale.around(_ends(course), keep=[0.0])),
        rows=tuple(rows),
        axis=hours_axis(times.tolist()),
        top=top,
    )


def _largest(course: Course) -> float:
    """Return the largest distance of a chart."""
    every = np.concatenate([dose.distance for dose in course.doses])
    return float(np.max(every, initial=0.0, where=np.isfinite(every)))


def _ends(course: Course) -> list[float]:
    """Return the smallest and the largest value of a chart, bands included."""
    parts = [course.control_high]
    parts += [part for dose in course.doses for part in (dose.distance, dose.low, dose.high)]
    every = np.concatenate(parts)
    every = every[np.isfinite(every)]
    return [float(every.min()), float(every.max())] if len(every) else []


def _doses(course: Course) -> str:
    """Return the range of doses and the number of curves of each, in words."""
    first, last = course.doses[0], course.doses[-1]
    weakest = first.name if math.isnan(first.concentration) else f"{first.concentration:g}"
    doses = last.name if first is last else f"{weakest} to {last.name}"
    curves = count_range((dose.curves for dose in course.doses), "curve")
    return f"{doses}; {curves} each" if curves and first is not last else _tip(doses, 0, curves)


def _tip(dose: str, curves: int, words: str = "") -> str:
    words = words or (count_of(curves, "curve") if curves else "")
    return f"{dose}, mean of {words}" if words else dose
