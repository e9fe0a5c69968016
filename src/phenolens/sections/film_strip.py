"""The section of film strips: a drug's frames over time, with a control of the same plate below."""

from __future__ import annotations

from typing import ClassVar

from phenolens.drawing.thumbnails import channel_colours
from phenolens.results.contents import RunContents
from phenolens.results.film import strips_of
from phenolens.sections.base import Section


class FilmStrip(Section):
    """One drug at a time: its frames at equal contrast, with hours and a scale bar."""

    title: ClassVar[str] = "Film strips"
    place: ClassVar[int] = 36

    @classmethod
    def of(cls, run: RunContents) -> FilmStrip | None:
        """Return the section, or None where the run kept no frames of several times."""
        if run.examples is None or not run.examples.is_film:
            return None
        channels = run.examples.channels
        return cls.fill(
            pairs=strips_of(run.examples),
            channels=tuple(zip(channels, channel_colours(channels), strict=True)),
        )
