"""Image files of a folder and all folders in it, links included."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.images.problem import Problem


def walk(root: Path, wanted: Callable[[Path], bool]) -> tuple[list[Path], list[Problem]]:
    """Return the wanted files below a folder, sorted by their path, and notes.

    Linked folders are followed. A link to a folder that contains it would be followed without end:
    it is passed over, with a note.

    Args:
        root: The folder.
        wanted: Which files.

    Raises:
        InputError: A folder cannot be opened.
    """
    files: list[Path] = []
    notes: list[Problem] = []
    open_folders = [(root, frozenset({os.path.realpath(root)}))]
    while open_folders:
        folder, above = open_folders.pop()
        for entry in _entries(folder):
            path = folder / entry.name
            if not path.is_dir():  # of a link that leads nowhere, or to itself, too
                if wanted(path):
                    files.append(path)
                continue
            place = os.path.realpath(path)
            if place in above:
                what = f"is a link that leads back to {place}: it is passed over"
                notes.append(Problem("link", str(path), None, what, serious=False))
            else:
                open_folders.append((path, above | {place}))
    return sorted(files), notes


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fix = "change its rights, or move it out of the way"
        raise InputError(f"cannot be opened: {reason}", where=folder, fix=fix) from error
