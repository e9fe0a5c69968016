"""The section of trajectories: how far each drug is from the controls over time, dose by dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from phenolens.drawing.heat import heat, heat_rows, hours_axis
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup
from phenolens.drawing.time_chart import TimeLine, ramp, time_chart
from phenolens.results.contents import RunContents
from phenolens.results.courses import Course, DoseCourse, courses_of, farthest
from phenolens.sections.base import Section

MOST = 48  # drugs and cell lines that are drawn


class Trajectories(Section):
    """Small charts of the distance to the controls over time, and the same as heat grids."""

    title: ClassVar[str] = "Over time"
    place: ClassVar[int] = 32

    @classmethod
    def of(cls, run: RunContents) -> Trajectories | None:
        """Return the section, or None where no distances over time were scored."""
        courses, left_out = farthest(courses_of(run), MOST)
        if not courses:
            return None
        return cls.fill(
            charts=charts_of(courses),
            left_out=left_out,
            ramp=[ramp(k, 5) for k in range(5)],
            strengths=[heat(k / 4, 1.0) for k in range(5)],
        )


@dataclass(frozen=True, slots=True)
class Chart:
    """One drug in one cell line.

    Attributes:
        name: Compound and cell line.
        svg: Its lines over time.
        heat: The same as a grid: a row per dose, the strongest on top, a column per time.
        axis: The hours under the grid.
        top: The distance of the grid's full colour, the same in all charts.
        doses: In words, the strongest on top.
    """

    name: str
    svg: Markup
    heat: Markup
    axis: Markup
    top: float
    doses: tuple[str, ...]


def charts_of(courses: Sequence[Course]) -> list[Chart]:
    """Draw every course on the same two scales."""
    hours = np.concatenate([dose.hours for course in courses for dose in course.doses])
    values = [_largest(course) for course in courses]
    x = Scale(float(hours.min()), max(float(hours.max()), float(hours.min()) + 1))
    y = Scale.around(values, keep=[0.0])
    return [_chart(course, x, y) for course in courses]


def _chart(course: Course, x: Scale, y: Scale) -> Chart:
    count = len(course.doses)
    lines = [
        TimeLine(_dose(dose), dose.hours, dose.distance, ramp(k, count), dose.low, dose.high)
        for k, dose in enumerate(course.doses)
    ]
    empty = np.full(len(course.hours), np.nan)
    control = TimeLine(
        "controls", course.hours, empty, "var(--band)", course.control_low, course.control_high
    )
    times = np.unique(np.concatenate([dose.hours for dose in course.doses]))
    strongest = course.doses[::-1]
    grid = np.full((count, len(times)), np.nan)
    for row, dose in zip(grid, strongest, strict=True):
        row[np.searchsorted(times, dose.hours)] = dose.distance
    names = tuple(_dose(dose) for dose in strongest)
    words = f"{course.name}: distance to the controls over time, {count} doses"
    columns = [f"{time:g} h" for time in times]
    return Chart(
        name=course.name,
        svg=time_chart(lines, control, x, y, words),
        heat=heat_rows(grid, names, columns, y.high, f"{words}, as a grid"),
        axis=hours_axis(times.tolist()),
        top=y.high,
        doses=names,
    )


def _largest(course: Course) -> float:
    parts = [course.control_high, *(dose.distance for dose in course.doses)]
    parts += [dose.high for dose in course.doses]
    every = np.concatenate(parts)
    return float(np.max(every, initial=0.0, where=np.isfinite(every)))


def _dose(dose: DoseCourse) -> str:
    return "dose unknown" if np.isnan(dose.concentration) else f"{dose.concentration:g}"
