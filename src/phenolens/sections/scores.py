"""The section of all scores, each with its baselines and its chance level."""

from __future__ import annotations

from typing import ClassVar

from phenolens.results.contents import RunContents
from phenolens.results.panels import panels
from phenolens.sections.base import Section


class Scores(Section):
    """Every score with its baselines on one axis, and the same numbers as a table."""

    title: ClassVar[str] = "Scores"
    place: ClassVar[int] = 30

    @classmethod
    def of(cls, run: RunContents) -> Scores | None:
        """Return the section, or None where nothing was scored."""
        made = panels(run.results, run.answer)
        chains = any(bar.own_chain for panel in made for bar in panel.bars)
        return cls.fill(panels=made, chains=chains) if made else None
