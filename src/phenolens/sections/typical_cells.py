"""The section of typical cells: strips of the typical, the extreme and the control-like ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from phenolens.core.explanation import Explanation
from phenolens.drawing.categories import natural
from phenolens.drawing.thumbnails import channel_colours, picture_uri
from phenolens.results.contents import RunContents
from phenolens.results.explained import call_column, channels_of
from phenolens.sections.base import Section

_NAME = "typical_cells"
_MOST = 60  # values on one page


class TypicalCells(Section):
    """Cells of each mechanism or treatment: typical, extreme, like controls."""

    title: ClassVar[str] = "Typical, extreme and control-like cells"
    label: ClassVar[str] = "Typical cells"
    place: ClassVar[int] = 57
    explains: ClassVar[tuple[str, ...]] = (_NAME,)

    @classmethod
    def of(cls, run: RunContents) -> TypicalCells | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(models=[(model, _groups(one, run), one) for model, one in found.items()])


@dataclass(frozen=True, slots=True)
class Group:
    """One value: its name, how many of its tiles are beyond the controls, its strips.

    Attributes:
        name: Of the mechanism or treatment.
        beyond: Share of its tiles, with its interval, as text.
        strips: Kind, and pictures with what they are of.
    """

    name: str
    beyond: str
    strips: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def _groups(one: Explanation, run: RunContents) -> list[Group]:
    same = call_column(one.rows)
    colours = channel_colours(channels_of(one, run))
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for i, meta in enumerate(one.shown.to_dict("records")):
        place = [str(meta[key]) for key in ("treatment", "plate", "well") if key in meta]
        drawn = picture_uri(one.pictures["image"][i], colours)
        strips = found.setdefault(str(meta[same]), {})
        strips.setdefault(str(meta["kind"]), []).append((drawn, ", ".join(place)))
    groups = []
    for row in one.rows.to_dict("records"):
        beyond = f"{row['beyond']:.0%}"
        if row["low"] == row["low"]:
            beyond += f" ({row['low']:.0%} to {row['high']:.0%})"
        strips = found.get(str(row[same]), {})
        kinds = tuple((kind, tuple(pictures)) for kind, pictures in strips.items())
        groups.append(Group(str(row[same]), beyond, kinds))
    return [*groups[:1], *sorted(groups[1:], key=lambda one: natural(one.name))][:_MOST]
