"""What a layout is, how it is recognised, and how its problems become one error."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.core.step_record import name_in_recipes
from phenolens.images.contents import Contents
from phenolens.images.problem import Problem

LOG = logging.getLogger("phenolens")
_SHOWN = 6  # notes of one kind


@runtime_checkable
class Layout(Protocol):
    """A folder layout: its settings hold what differs between users; it is called with a folder."""

    def __call__(self, root: Path) -> Screen:
        """Return the screen in a folder. Reads tables and one header, no pixels.

        Raises:
            InputError: The screen cannot be read as it is; names file and row.
        """
        ...


@runtime_checkable
class FileLayout(Layout, Protocol):
    """A layout that reads files: it can list what is wrong with them, and write an example."""

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of a screen: tables, files, headers and, if asked, all pixels."""
        ...

    @classmethod
    def fake(cls, root: Path) -> FileLayout:
        """Write a tiny valid example into a folder and return the layout that reads it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """That a folder has a layout, as far as its names show.

    Attributes:
        certainty: From 0 to 1: near 1 where a file is there that only this layout has, about 0.5
            where names have its form.
        why: What was seen, as one sentence without a full stop.
        layout: The layout with the settings that read the folder.
    """

    certainty: float
    why: str
    layout: FileLayout


@runtime_checkable
class RecognisedLayout(FileLayout, Protocol):
    """A layout that can say whether a folder has it."""

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return how certain it is that the folder has this layout; None: it has not.

        It looks at names, and opens small index files at most.
        """
        ...


def refuse(problems: Iterable[Problem], rows: int, layout: Layout) -> None:
    """Raise the first serious problem, with how many there are of its kind; log the notes.

    Args:
        problems: All problems of a table.
        rows: Rows of the table, to say how many of them have the problem.
        layout: The layout that found them: its name is part of the fix.

    Raises:
        InputError: There is a serious problem.
    """
    problems = list(problems)
    first = next((p for p in problems if p.serious), None)
    if first is None:
        counts = Counter(note.kind for note in problems)
        shown: Counter[str] = Counter()
        for note in problems:
            shown[note.kind] += 1
            if shown[note.kind] <= _SHOWN:
                LOG.info("%s: %s", note.place, note.what)
        for kind, count in counts.items():
            if count > _SHOWN:
                LOG.info("... and %d more notes (%s)", count - _SHOWN, kind)
        return
    alike = len({p.row for p in problems if p.serious and p.kind == first.kind})
    what, fix = first.what, [first.fix] if first.fix else []
    if alike > 1:
        what += f"; {alike} of {rows} rows have this problem ({first.kind})"
        fix.append(f"run 'phenolens check {name_in_recipes(layout)} ROOT' to list them")
    raise InputError(what, where=first.place, fix="; ".join(fix))
