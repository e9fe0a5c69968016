"""The pixels of an answer: prepared in its folder, with the page of what was understood."""

from __future__ import annotations

from pathlib import Path

from phenolens.auto import model
from phenolens.auto.auto import RECIPE, RUN
from phenolens.auto.finish import AUDIT
from phenolens.auto.learned import STORE
from phenolens.auto.state import FILE
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.intake.page import render
from phenolens.intake.prepare import Planned, write
from phenolens.intake.seen import SeenPixels
from phenolens.intake.understood import Understood
from phenolens.runs.cache import CACHE
from phenolens.runs.progress import Bar

_PAGE = f"{STORE}.html"
# All that an answer writes. One that was killed early has the pixels, and no choices yet.
_OWN = {STORE, _PAGE, CACHE, RUN, RECIPE, AUDIT, model.KEPT, model.FILE}


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
    found = Understood.of(planned.recognition.words(), planned.screen, planned.problems)
    with Bar("look") as bar:
        seen = SeenPixels.of(store, threads, bar)
    render(found, name, "", left_out, place / _PAGE, seen)
    return store, seen.flags


def refuse_other(place: Path) -> None:
    """Raise where a folder holds something that is not an answer, or the beginning of one.

    Raises:
        InputError: It does: names it.
    """
    if not place.exists():
        return
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    if place.is_dir() and (not names or FILE in names or (STORE in names and set(names) <= _OWN)):
        return
    what = f"holds {names[0]}, and is not an answer" if names else "is a file"
    raise InputError(what, where=place, fix="name a new folder with --out")
