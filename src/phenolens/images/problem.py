"""Problem: one thing wrong with the files or tables of a screen."""

from __future__ import annotations

from dataclasses import dataclass

from phenolens.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a screen, or (where not serious) one thing left out of it.

    Attributes:
        kind: Problems of one kind share it, as `missing image`.
        where: The file, the table or the folder.
        row: Row in the table as a spreadsheet numbers it (the header is row 1), if there is one.
        what: What is wrong.
        fix: How to fix it.
        serious: Whether the screen cannot be read because of it; else it is a note.
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
        """Return the problem that an error describes."""
        return cls(kind, error.where, None, error.what, error.fix)
