"""The section of the confusion matrices: which mechanism the nearest neighbour has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from phenolens.drawing import confusion
from phenolens.drawing.svg import Markup
from phenolens.metrics.base import facts_of
from phenolens.results.contents import RunContents
from phenolens.results.treatments import marks_of
from phenolens.sections.base import Section

FIRST = "nscb"  # the matrix that is open at first


@dataclass(frozen=True, slots=True)
class Matrix:
    """The drawn matrix of one score; `left_out` counts the treatments that are not in it."""

    key: str
    title: str
    svg: Markup
    left_out: int


class Confusion(Section):
    """One matrix of mechanisms per score that names neighbours."""

    title: ClassVar[str] = "Confusion of mechanisms"
    label: ClassVar[str] = "Confusion"
    place: ClassVar[int] = 50

    @classmethod
    def of(cls, run: RunContents) -> Confusion | None:
        """Return the section, or None where no score names neighbours."""
        matrices = matrices_of(run)
        return cls.fill(matrices=matrices) if matrices else None


def matrices_of(run: RunContents) -> list[Matrix]:
    """Return a matrix for every score whose rows name mechanisms."""
    marks, matrices = marks_of(run), []
    for key, rows in run.rows.items():
        counted = confusion.Confusion.of(rows)
        if counted is not None:
            drawn = counted.draw(marks)
            matrices.append(Matrix(key, facts_of(key).title, drawn, counted.left_out))
    return sorted(matrices, key=lambda matrix: matrix.key != FIRST)
