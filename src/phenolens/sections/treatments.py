"""The section of all treatments: a table to sort and filter."""

from __future__ import annotations

from typing import ClassVar

from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.results.pictures import first_pictures
from phenolens.results.treatments import marks_of, rows_of
from phenolens.sections.base import Section

MOST = 2000  # rows of the table; all others are found from the map and its query box


class Treatments(Section):
    """One row per treatment: its mechanism, its image, and the neighbour of every score."""

    title: ClassVar[str] = "Treatments"
    place: ClassVar[int] = 60

    @classmethod
    def of(cls, run: RunContents) -> Treatments | None:
        """Return the section; None where no treatment is known, or nothing of any but its name."""
        scores, rows = rows_of(run)
        # Of a film the strips show more than its first frame.
        film = run.examples is not None and run.examples.is_film
        thumbs = {} if film else first_pictures(run)
        if not thumbs and not any(row.moa or row.count or row.answers for row in rows):
            return None
        return cls.fill(
            rows=rows[:MOST],
            left_out=len(rows) - len(rows[:MOST]),
            annotated=any(row.moa for row in rows),
            scores=[(key, facts_of(key).title) for key in scores],
            marks=marks_of(run),
            thumbs=thumbs,
        )
