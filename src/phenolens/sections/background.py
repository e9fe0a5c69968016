"""The section of the background audit: scores with cells covered, and with one cell alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from phenolens.core.explanation import Explanation
from phenolens.drawing.numbers import shown, signed
from phenolens.drawing.thumbnails import channel_colours, picture_uri
from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.results.explained import channels_of
from phenolens.sections.base import Section

_NAME = "background"
# A score that could be made of the images as they are, and not of a view.
_NOT_MADE = {"value": math.nan, "about": "could not be computed", "above_chance": False}


class Background(Section):
    """Each score as it is, without cells and with one cell alone, and what was embedded."""

    title: ClassVar[str] = "Does the background give it away?"
    label: ClassVar[str] = "Background"
    place: ClassVar[int] = 52
    explains: ClassVar[tuple[str, ...]] = (_NAME,)

    @classmethod
    def of(cls, run: RunContents) -> Background | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(
            models=[
                (model, _lines(one), _strips(one, run), _sentence(one), _leaks(one))
                for model, one in found.items()
            ]
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One score in every view: rows of the explanation, by view, with its chance."""

    title: str
    chance: float
    views: tuple[dict[str, Any], ...]


def _lines(one: Explanation) -> list[Line]:
    views = list(dict.fromkeys(one.rows["view"]))
    lines = []
    for name, part in one.rows.groupby("score", observed=True, sort=False):
        made = {row["view"]: {**row, "about": _about(row)} for row in part.to_dict("records")}
        cells = tuple(made.get(view, {"view": view, **_NOT_MADE}) for view in views)
        lines.append(Line(facts_of(str(name)).title, float(part["chance"].iloc[0]), cells))
    return lines


def _about(row: Mapping[str, Any]) -> str:
    """Return the interval of a score, and its change from the images as they are."""
    made = f"{shown(row['low'])} to {shown(row['high'])}" if math.isfinite(row["low"]) else ""
    if math.isfinite(row["changed_low"]) and row["changed"]:
        change, low, high = (signed(row[f"changed{end}"]) for end in ("", "_low", "_high"))
        made += f"{'; ' if made else ''}{change} ({low} to {high})"
    return made


def _strips(one: Explanation, run: RunContents) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return for each picture where it is from, and its views with their names."""
    made, colours = [], channel_colours(channels_of(one, run))
    for i, meta in enumerate(one.shown.to_dict("records")):
        views = []
        for name, stack in one.pictures.items():
            views.append((name, picture_uri(stack[i], colours)))
        made.append((", ".join(str(value) for value in meta.values()), views))
    return made


def _leaks(one: Explanation) -> bool:
    return one.figures.get("leaks", 0) > 0


def _sentence(one: Explanation) -> str:
    text = " ".join(one.notes)
    return f"{text[:1].upper()}{text[1:]}."
