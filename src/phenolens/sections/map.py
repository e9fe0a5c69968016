"""The section of the map of profiles."""

from __future__ import annotations

from typing import ClassVar

from phenolens.drawing.template import embed
from phenolens.results.contents import RunContents
from phenolens.results.pictures import first_pictures
from phenolens.results.profile_map import ProfileMap
from phenolens.results.treatments import rows_of
from phenolens.sections.base import Section


class Map(Section):
    """All profiles in the plane, coloured by mechanism, batch, plate or cell line."""

    title: ClassVar[str] = "Map of profiles"
    place: ClassVar[int] = 40

    @classmethod
    def of(cls, run: RunContents) -> Map | None:
        """Return the section, or None where there are no profiles or too few for a map."""
        if run.profiles is None:
            return None
        seed, thumbs = run.results.get("seed") or 0, first_pictures(run.examples)
        drawn = ProfileMap.of(run.profiles, rows_of(run)[1], seed, thumbs)
        return None if drawn is None else cls.fill(map=drawn, data=embed(drawn.data))
