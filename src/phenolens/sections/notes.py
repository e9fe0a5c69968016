"""The notes of a run, in the head of the page."""

from __future__ import annotations

from typing import ClassVar

from phenolens.results.contents import RunContents
from phenolens.sections.base import Section


class Notes(Section):
    """What a reader must know before any number: the notes of the run."""

    place: ClassVar[int] = 20

    @classmethod
    def of(cls, run: RunContents) -> Notes | None:
        """Return the notes, or None where there are none."""
        notes = run.results.get("notes") or []
        return cls.fill(notes=notes) if notes else None
