"""What a layout is, and what a problem of a screen looks like."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen

LOG = logging.getLogger("phenolens")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a screen, or (where not serious) one thing left out of it.

    Attributes:
        kind: Problems alike share it, as `absent image`.
        where: The file, the table or the folder.
        row: Row in the table as a spreadsheet numbers it (the header is row 1), where there is one.
        what: What is wrong.
        fix: How to fix it.
        serious: Whether the screen cannot be read as it stands; else it is a note.
    """

    kind: str
    where: str
    row: int | None
    what: str
    fix: str = ""
    serious: bool = True

    @property
    def place(self) -> str:
        """The file, with its row where it has one."""
        return self.where if self.row is None else f"{self.where} row {self.row}"

    def __str__(self) -> str:
        return str(InputError(self.what, where=self.place, fix=self.fix))

    @classmethod
    def of(cls, kind: str, error: InputError) -> Problem:
        """Return the problem that an error tells of."""
        return cls(kind, error.where, None, error.what, error.fix)


@runtime_checkable
class Layout(Protocol):
    """A folder layout: built from what differs between users, called with a folder."""

    def __call__(self, root: Path) -> Screen:
        """Return the screen in a folder. Reads tables and one header, no pixels.

        Raises:
            InputError: The screen cannot be read as it stands; names file and row.
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


def refuse(problems: Iterable[Problem], rows: int, layout: str) -> None:
    """Raise the first serious problem, with how many there are of its kind; log the notes.

    Args:
        problems: All problems of a table.
        rows: Rows of the table, to say the share of them.
        layout: Name of the layout, to say how to list them all.

    Raises:
        InputError: There is a serious problem.
    """
    found = list(problems)
    first = next((p for p in found if p.serious), None)
    if first is None:
        for note in found:
            LOG.info("%s: %s", note.place, note.what)
        return
    alike = len({p.row for p in found if p.serious and p.kind == first.kind})
    what, fix = first.what, [first.fix] if first.fix else []
    if alike > 1:
        what += f"; {alike} of {rows} rows have this problem ({first.kind})"
        fix.append(f"run 'phenolens check {layout} ROOT' to list them")
    raise InputError(what, where=first.place, fix="; ".join(fix))
