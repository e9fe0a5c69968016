"""What a killed process had finished within a stage: used again only as it was written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from phenolens.core.files import write_text
from phenolens.core.progress import Say
from phenolens.core.small_files import read_small
from phenolens.runs.manifest import damage, manifest


def keep(note: Path, key: str, places: Sequence[Path]) -> None:
    """Note the sizes and checksums of files that are finished, so that a killed stage goes on.

    Args:
        note: File to write, in the folder that holds them.
        key: Of what they are: the files of another stage are not taken for these.
        places: Files, and folders with all that is in them.
    """
    content = {"key": key, "files": manifest(note.parent, places)}
    write_text(note, json.dumps(content))


def is_kept(note: Path, key: str, places: Sequence[Path], say: Say) -> bool:
    """Return whether `keep` noted these files and all of them are as they were then.

    What is damaged, or was not finished, is deleted: nothing of it gets into what is made again.

    Args:
        note: As `keep`.
        key: As `keep`.
        places: As `keep`.
        say: Called with one line about what is damaged.
    """
    if not note.is_file():
        _clear(places)
        return False
    wrong = _damage(note, key, places)
    if wrong:
        say(f"{wrong}; it will be made again")
        _clear((note, *places))
    return not wrong


def _damage(note: Path, key: str, places: Sequence[Path]) -> str:
    try:
        content = json.loads(read_small(note))
        noted, files = content["key"], content["files"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return f"{note}: is damaged"
    if noted != key:
        return f"{note}: is of another stage"
    if wrong := damage(note.parent, files):
        return wrong
    more = sorted(set(manifest(note.parent, places)) - set(files))
    return f"{note.parent / more[0]}: is not a file of this stage" if more else ""


def _clear(places: Sequence[Path]) -> None:
    for place in places:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
