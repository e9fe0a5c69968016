"""The pixels of an answer: prepared in its folder, with the page of what was understood."""

from __future__ import annotations

from pathlib import Path

from phenolens.auto.asked import Asked
from phenolens.auto.learned import STORE
from phenolens.auto.state import FILE, State
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.intake.page import render
from phenolens.intake.prepare import Planned, write
from phenolens.intake.seen import SeenPixels
from phenolens.intake.understood import Understood
from phenolens.runs.progress import Bar

_PAGE = f"{STORE}.html"


def prepared(
    planned: Planned, name: str, place: Path, threads: int
) -> tuple[Screen, dict[str, list[str]]]:
    """Return the prepared screen, written or finished in the folder of the answer, and its flags.

    Args:
        planned: What is prepared.
        name: Of the folder of the images, for the page.
        place: Folder of the answer.
        threads: Chunks of images that are read in parallel.

    Raises:
        InputError: As `intake.prepare.write`.
    """
    with Bar("prepare") as bar:
        store, left_out = write(planned, place / STORE, threads, bar)
    found = Understood.of(planned.words(), planned.screen, planned.problems)
    with Bar("look") as bar:
        seen = SeenPixels.of(store, threads, bar)
    render(found, name, "", left_out, place / _PAGE, seen)
    return store, seen.flags


def begin(place: Path, asked: Asked) -> None:
    """Write down what is asked, before anything else: an answer is known by it.

    Raises:
        InputError: As `refuse_other`, or the folder is the answer to another question.
    """
    refuse_other(place)  # again: another process may have written while its lock was waited for
    State.open(place, asked.plain).begin()


def refuse_other(place: Path) -> None:
    """Raise where a folder holds something that is not an answer, or the beginning of one.

    An answer begins with its file of decisions: a folder without one belongs to the user.

    Raises:
        InputError: It does: names it; or the file of decisions is damaged, or of another program.
    """
    if not place.exists():
        return
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    if place.is_dir() and not names:
        return
    if (place / FILE).is_file():
        State.open(place, {})
        return
    what = f"holds {names[0]}, and is not an answer" if names else "is a file"
    raise InputError(what, where=place, fix="name a new folder with --out")
