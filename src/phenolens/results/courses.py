"""Courses: how far each dose of a drug is from the controls over time, with bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from phenolens.drawing.categories import natural
from phenolens.results.contents import RunContents
from phenolens.results.mean_curves import mean_curves
from phenolens.results.names import Names
from phenolens.results.treatments import text

_NEEDED = {"time", "distance", "low", "high", "control_low", "control_high"}
_Hours = Float64[np.ndarray, " t"]


@dataclass(frozen=True, slots=True, eq=False)
class DoseCourse:
    """One dose of a drug in a cell line, over time.

    Attributes:
        name: The dose with its unit.
        concentration: NaN where the table has none.
        curves: How many it is the mean of; 0 where that is not known.
        hours: (t,) sorted.
        distance: (t,) mean distance to the controls.
        low: (t,) lower edge of its band; NaN where it has none.
        high: (t,) upper edge.
        outside: (t,) whether it is outside the band of the controls.
    """

    name: str
    concentration: float
    curves: int
    hours: _Hours
    distance: _Hours
    low: _Hours
    high: _Hours
    outside: Bool[np.ndarray, " t"]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One drug in one cell line: all its doses, and the controls' own band.

    Attributes:
        name: Compound; and cell line, where the run has several.
        compound: Its name.
        cell_line: Empty where the table has none.
        doses: Weakest first.
        hours: (t,) of the controls' band.
        control_low: (t,) its lower edge.
        control_high: (t,) its upper edge.
    """

    name: str
    compound: str
    cell_line: str
    doses: tuple[DoseCourse, ...]
    hours: _Hours
    control_low: _Hours
    control_high: _Hours

    @property
    def reach(self) -> float:
        """How many times the upper edge of the controls' band its farthest value is; 0: unknown."""
        ratios = []
        for dose in self.doses:
            edge = np.interp(dose.hours, self.hours, self.control_high)
            ratio = dose.distance / np.where(edge > 0, edge, np.nan)
            ratios += ratio[np.isfinite(ratio)].tolist()
        return max(ratios, default=0.0)


def courses_of(run: RunContents) -> list[Course]:
    """Return the courses of a run: the rows of its score `departure`, else its trajectories."""
    meta = None if run.profiles is None else run.profiles.meta
    for rows in run.rows.values():
        if set(rows.columns) >= _NEEDED and "compound" in rows.columns and len(rows):
            return _courses(rows, Names.of(meta, rows))
    rows = pd.DataFrame() if run.profiles is None else mean_curves(run.profiles)
    return _courses(rows, Names.of(meta)) if len(rows) else []


def farthest(courses: list[Course], most: int) -> tuple[list[Course], int]:
    """Return at most so many courses, in the order of their names, and how many are left out.

    Of too many those are kept that go farthest beyond the controls' band.
    """
    far = sorted(courses, key=lambda course: -course.reach)[:most]
    kept = [course for course in courses if any(course is one for one in far)]
    return kept, len(courses) - len(kept)


def _courses(rows: pd.DataFrame, names: Names) -> list[Course]:
    table = rows.assign(
        _compound=[text(value) or "" for value in rows["compound"]],
        _line=[text(v) or "" for v in rows.get("cell_line", pd.Series([None] * len(rows)))],
        _dose=_numbers(rows, "concentration"),
    )
    made = []
    for (compound, line), part in table.groupby(["_compound", "_line"], sort=False, observed=True):
        by_dose = part.groupby("_dose", dropna=False, sort=True, observed=True)
        doses = [_dose(dose, one, names) for dose, one in by_dose]
        edges = part.sort_values("time", kind="stable").drop_duplicates("time")
        hours, low, high = (_numbers(edges, c) for c in ("time", "control_low", "control_high"))
        name = names.course(str(compound), str(line))
        made.append(Course(name, str(compound), str(line), tuple(doses), hours, low, high))
    return sorted(made, key=lambda course: (natural(course.compound), natural(course.cell_line)))


def _dose(dose: object, rows: pd.DataFrame, names: Names) -> DoseCourse:
    ordered = rows.sort_values("time", kind="stable")
    hours, distance, low, high = (
        _numbers(ordered, name) for name in ("time", "distance", "low", "high")
    )
    outside = _outside(ordered, distance)
    concentration, counts = float(str(dose)), _numbers(ordered, "replicates")
    curves = np.max(counts, initial=0.0, where=np.isfinite(counts))
    name = names.dose(concentration) or "dose unknown"
    return DoseCourse(name, concentration, int(curves), hours, distance, low, high, outside)


def _outside(rows: pd.DataFrame, distance: _Hours) -> Bool[np.ndarray, " t"]:
    if "outside" in rows.columns:
        return np.array([bool(value) and value == value for value in rows["outside"]], dtype=bool)
    return np.asarray(distance > _numbers(rows, "control_high"), dtype=bool)


def _numbers(rows: Mapping[str, pd.Series] | pd.DataFrame, name: str) -> _Hours:
    if isinstance(rows, pd.DataFrame) and name not in rows.columns:
        return np.full(len(rows), np.nan)
    return pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64)
