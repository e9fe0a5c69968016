"""The notes of a run, in the head of the page."""

from __future__ import annotations

from typing import ClassVar

from phenolens.metrics.base import facts_of
from phenolens.results.answers import leaks
from phenolens.results.contents import RunContents
from phenolens.sections.base import Section


class Notes(Section):
    """What a reader must know before any number: leaks, notes, what could not be computed."""

    place: ClassVar[int] = 20

    @classmethod
    def of(cls, run: RunContents) -> Notes | None:
        """Return notes and metrics that could not be computed; None where there are none."""
        found = leaks(run.results.get("explanations") or {})
        notes = [*found, *(run.results.get("notes") or [])]
        failed = run.results.get("failed") or {}
        titles = {name: _title(name) for name in failed}
        return cls.fill(notes=notes, failed=failed, titles=titles) if notes or failed else None


def _title(name: str) -> str:
    """Return what could not be made in words: a metric by its title, an explanation by its name."""
    kind, _, own = name.partition(".")
    return f"The explanation {own}" if kind == "explanations" else facts_of(name).title
