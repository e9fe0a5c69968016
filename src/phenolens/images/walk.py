"""Image files of a folder and all folders in it, links included."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.images.problem import Problem

# Folders that a system makes next to images: thumbnails of a Synology disk, a Mac's zip file.
_OF_A_SYSTEM = ("@eaDir", "__MACOSX")
MOST_LINKS = 16  # to one folder: with links among n folders there are n! ways through them


def _any_folder(_: Path) -> bool:
    return True


def walk(
    root: Path, wanted: Callable[[Path], bool], entered: Callable[[Path], bool] = _any_folder
) -> tuple[list[Path], list[Problem]]:
    """Return the wanted files below a folder, sorted by their path, and notes.

    Hidden files and folders are passed over, and those that a system makes (`._A01.tif` and
    `__MACOSX` of macOS, `@eaDir` of a Synology disk). Linked folders are followed. A link to a
    folder that contains it would be followed without end: it is passed over, with a note. So is a
    link that leads nowhere, which may have been a plate.

    Args:
        root: The folder.
        wanted: Which files.
        entered: Which folders are looked into.

    Raises:
        InputError: A folder cannot be opened, or is reached in too many ways.
    """
    files: list[Path] = []
    notes: list[Problem] = []
    ways: Counter[str] = Counter()
    open_folders = [(root, frozenset({os.path.realpath(root)}))]
    while open_folders:
        folder, above = open_folders.pop()
        for entry in _entries(folder, entered):
            path = folder / entry.name
            if not path.is_dir():  # of a link that leads nowhere, or to itself, too
                if wanted(path):
                    files.append(path)
                elif path.is_symlink() and not path.exists():
                    notes.append(_note(path, "is a link that leads nowhere: it is passed over"))
                continue
            place = os.path.realpath(path)
            if place in above:
                what = f"is a link that leads back to {place}: it is passed over"
                notes.append(_note(path, what))
                continue
            ways[place] += 1
            if ways[place] > MOST_LINKS:
                raise InputError(
                    f"is reached by more than {MOST_LINKS} links",
                    where=path,
                    fix="link every folder once",
                )
            open_folders.append((path, above | {place}))
    return sorted(files), notes


def _note(path: Path, what: str) -> Problem:
    return Problem("link", str(path), None, what, serious=False)


def _of_a_system(name: str) -> bool:
    return name.startswith(".") or name in _OF_A_SYSTEM


def _entries(folder: Path, entered: Callable[[Path], bool]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not _of_a_system(entry.name)]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fix = "change its rights, or move it out of the way"
        raise InputError(f"cannot be opened: {reason}", where=folder, fix=fix) from error
    if entered is _any_folder:
        return visible
    return [e for e in visible if not (path := folder / e.name).is_dir() or entered(path)]
