"""The notes of a run, in the head of the page."""

from __future__ import annotations

from typing import ClassVar

from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.sections.base import Section


class Notes(Section):
    """What a reader must know before any number: notes, and metrics that could not be computed."""

    place: ClassVar[int] = 20

    @classmethod
    def of(cls, run: RunContents) -> Notes | None:
        """Return notes and metrics that could not be computed; None where there are none."""
        notes, failed = run.results.get("notes") or [], run.results.get("failed") or {}
        titles = {name: facts_of(name).title for name in failed}
        return cls.fill(notes=notes, failed=failed, titles=titles) if notes or failed else None
