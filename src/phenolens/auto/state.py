"""What was decided so far, kept in a file: a process that goes on decides nothing anew."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from phenolens.auto.choice import Choice
from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.small_files import read_small

FILE = "choices.json"
RUN, RECIPE = "run", "recipe.toml"  # next to it
Table = dict[str, Any]


@dataclass(slots=True)
class State:
    """Decisions by name, each with the tables that it led to.

    Attributes:
        folder: Of the answer.
        asked: What the user asked for, as plain values.
        decided: Name of the decision -> its tables and choices.
    """

    folder: Path
    asked: Table
    decided: dict[str, Table]

    @classmethod
    def open(cls, folder: Path, asked: Table) -> State:
        """Return what is known of a folder; new where nothing is.

        Raises:
            InputError: The folder is the answer to something else, or its file is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            return cls(folder, asked, {})
        try:
            known = json.loads(read_small(path))
            before, decided = dict(known["asked"]), dict(known["decided"])
            state = cls(folder, asked, decided)
            for name in decided:
                state.known(name)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                "is damaged, or is not of an answer",
                where=path,
                fix="name a new folder with --out",
            ) from error
        other = [name for name, value in asked.items() if before.get(name) != value]
        if other and decided:
            raise InputError(
                f"is the answer to another question: {', '.join(other)} differ",
                where=folder,
                fix="name another folder with --out, or ask as before to go on",
            )
        return state

    def begin(self) -> None:
        """Write down what is asked, before anything else: the folder is known as an answer by it.

        Where nothing is decided yet, the user may ask for something else in the same folder.
        """
        self._write()

    def known(self, name: str) -> tuple[Table, list[Choice]] | None:
        """Return a decision, if it was made."""
        if name not in self.decided:
            return None
        one = self.decided[name]
        return one["tables"], [Choice(**choice) for choice in one["choices"]]

    def keep(self, name: str, tables: Table, choices: list[Choice]) -> None:
        """Write a decision down."""
        self.decided[name] = {"tables": tables, "choices": [asdict(choice) for choice in choices]}
        self._write()

    def _write(self) -> None:
        content = {"asked": self.asked, "decided": self.decided}
        write_text(self.folder / FILE, json.dumps(content, indent=1))
