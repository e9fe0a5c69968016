"""The section of the recipe: what is needed to run it again."""

from __future__ import annotations

from typing import ClassVar

from phenolens.drawing.highlight import highlight
from phenolens.results.contents import RunContents
from phenolens.sections.base import Section


class Recipe(Section):
    """The resolved recipe, with a button that copies it."""

    title: ClassVar[str] = "Recipe"
    place: ClassVar[int] = 100

    @classmethod
    def of(cls, run: RunContents) -> Recipe | None:
        """Return the section, or None where the run has no recipe."""
        return cls.fill(recipe=highlight(run.recipe)) if run.recipe else None
