"""Making an answer, from the pixels to what can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phenolens.cli.options import AgainOptions, machine, say

if TYPE_CHECKING:
    from phenolens.auto.asked import Asked
    from phenolens.auto.believed import Believed
    from phenolens.auto.listed import Choices
    from phenolens.intake.prepare import Planned


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is answered, and where.

    Attributes:
        planned: What is prepared.
        name: Of the folder of the images.
        place: Folder of the answer.
        asked: By the user.
        choices: What is known before any pixel is read.
        machine: `KEY=VALUE` of the machine.
    """

    planned: Planned
    name: str
    place: Path
    asked: Asked
    choices: Choices
    machine: list[str] | None

    def answer(self, *, wait: bool) -> Believed:
        """Make or finish the answer, its page included; return what can be believed.

        Raises:
            InputError: The folder holds something else, another process writes there, or the
                screen cannot be answered.
        """
        from phenolens.auto.auto import answer
        from phenolens.auto.done import keep_done
        from phenolens.auto.finish import finish
        from phenolens.auto.listed import completed
        from phenolens.auto.prepared import prepared
        from phenolens.auto.state import RUN
        from phenolens.cli.run_audit import audited_run

        place, asked, settings = self.place, self.asked, machine(self.machine)
        with self._begun(wait=wait):
            store, odd = prepared(self.planned, self.name, place, settings.threads)
            made = completed(answer(store, place, asked, settings, say), self.choices, store)
            again = AgainOptions(root=place, cache=None, machine=self.machine)
            about = audited_run(place / RUN, again, say, outside=True)
            known = about.findings()
            found = finish(made, about.profiles, about.steps, known, odd, asked.seed, say)
            keep_done(place, self.planned.screen, asked, found)
        return found

    @contextmanager
    def _begun(self, *, wait: bool) -> Iterator[None]:
        """Hold the folder of the answer, in which what is asked is written down."""
        from phenolens.auto.prepared import begin, refuse_other
        from phenolens.core.lock import held

        refuse_other(self.place)
        self.place.mkdir(parents=True, exist_ok=True)
        with held(self.place, say, wait=wait):
            begin(self.place, self.asked)
            yield
