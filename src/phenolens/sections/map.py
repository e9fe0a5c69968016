"""The section of the map of profiles."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from phenolens.drawing.svg import Markup
from phenolens.drawing.template import embed
from phenolens.results.contents import RunContents
from phenolens.results.parts import Part
from phenolens.results.pictures import first_pictures
from phenolens.results.profile_map import ProfileMap
from phenolens.results.treatments import rows_of
from phenolens.sections.base import Section

MOST_NAMES = 600  # features that the box of names offers; others can be typed


class Map(Section):
    """All profiles in the plane, coloured by mechanism, batch, plate or cell line."""

    title: ClassVar[str] = "Map of profiles"
    place: ClassVar[int] = 40
    scripts: ClassVar[tuple[str, ...]] = (
        "map_field",
        "map_colours",
        "map_marks",
        "map_canvas",
        "map",
        "map_hand",
        "map_choice",
    )

    @classmethod
    def of(cls, run: RunContents) -> Map | None:
        """Return the section, or None where there are no profiles or too few for a map."""
        if run.profiles is None:
            return None
        seed, thumbs = run.results.get("seed") or 0, first_pictures(run)
        rows = rows_of(run)[1]
        drawn = ProfileMap.of(run.profiles, rows, seed, thumbs)
        if drawn is None:
            return None
        columns = [str(name) for name in run.profiles.meta.columns]
        made = cls.fill(
            map=drawn,
            data=Markup("") if run.in_parts else embed(drawn.data),
            count=f"{len(run.profiles):,}",
            columns=[*columns, *run.profiles.names[:MOST_NAMES]],
            example=_example(run.profiles.meta),
            named=any(row.answers for row in rows),
        )
        return made.holding(
            {"points": Part(lambda: drawn.data, first=True)} if run.in_parts else {}
        )


def _example(meta: pd.DataFrame) -> str:
    """Return a condition that can be asked of this table."""
    parts = []
    if "moa" in meta.columns and meta["moa"].notna().any():
        parts.append(f'moa == "{meta["moa"].dropna().iloc[0]}"')
    if "concentration" in meta.columns:
        parts.append("concentration > 1")
    return " and ".join(parts) or f"{meta.columns[0]}.notna()"
