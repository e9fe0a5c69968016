"""An answer that is there already, with all its files as they were written."""

from __future__ import annotations

from pathlib import Path

from phenolens.auto.asked import Asked
from phenolens.auto.believed import Believed
from phenolens.auto.state import FILE, RECIPE, RUN, State
from phenolens.core.lock import held
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.core.screen import Screen
from phenolens.core.versions import version_of
from phenolens.runs.folder import is_whole
from phenolens.runs.manifest import damage, manifest
from phenolens.runs.page import keep_page
from phenolens.store.fingerprint import fingerprint

_NAME = "done"  # of the decision that says so
# Next to the run: what the answer is made of, and its pages.
_FILES = (RECIPE, "audit.html", "pixels.html", "pixels", "model", "model.onnx")


def keep_done(place: Path, screen: Screen, asked: Asked, found: Believed) -> None:
    """Write down that an answer is complete: with the images, the code and the files that it has.

    Args:
        place: Folder of the answer.
        screen: As its layout reads it.
        asked: By the user.
        found: What can be believed.
    """
    run = RunFolder(place / RUN)
    there = [place / name for name in _FILES if (place / name).exists()]
    files = manifest(place, [*there, run.answer, run.profiles, run.scores])
    tables = {"can": list(found.can), "cannot": list(found.cannot), "files": files}
    State.open(place, asked.plain).keep(_NAME, {**tables, "made_of": _made_of(screen)}, [])


def done(
    place: Path, screen: Screen, asked: Asked, say: Say, *, wait: bool = False
) -> Believed | None:
    """Return what can be believed of an answer that is complete; None where it has to be made.

    The page of its run is made again where it is not the one that was written.

    Args:
        place: Folder of the answer.
        screen: As its layout reads it.
        asked: By the user.
        say: Called with one line: that it is done, or which file has changed.
        wait: Whether to wait where another process writes into the folder.

    Raises:
        InputError: The folder is the answer to another question, or another process writes there.
    """
    if not (place / FILE).is_file():
        return None
    with held(place, say, wait=wait):
        found = _whole(place, screen, asked, say)
        if found is not None:
            keep_page(RunFolder(place / RUN), say)
            say(f"{place} is done")
    return found


def _whole(place: Path, screen: Screen, asked: Asked, say: Say) -> Believed | None:
    known = State.open(place, asked.plain).known(_NAME)
    if known is None:
        return None
    tables, _ = known
    if tables.get("made_of") != _made_of(screen):
        return None
    if wrong := damage(place, tables.get("files")):
        say(f"{wrong}; it will be made again")
        return None
    if not is_whole(RunFolder(place / RUN), say):
        return None
    return Believed(tuple(map(str, tables["can"])), tuple(map(str, tables["cannot"])))


def _made_of(screen: Screen) -> list[str | None]:
    return [version_of("phenolens"), fingerprint(screen)]
