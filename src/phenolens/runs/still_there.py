"""A folder that is removed while a run works in it is named, with the way to go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phenolens.core.errors import InputError


@contextmanager
def still_there(*folders: Path) -> Iterator[None]:
    """Turn "no such file" into one line where a folder of the run was removed meanwhile.

    Args:
        folders: Of the run and of the cache; one that is not there yet may be made meanwhile.

    Raises:
        InputError: One of them was removed, or replaced by another folder.
    """
    before = {folder: _identity(folder) for folder in folders}
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, shutil.Error) as error:
        for folder, known in before.items():
            found = _identity(folder)
            if found is None or (known is not None and found != known):
                raise removed(folder) from error
        raise


def removed(folder: Path) -> InputError:
    """Return the error of a folder that is not what it was when the run began with it."""
    return InputError(
        "was removed while the run went on",
        where=folder,
        fix="give the same command again: what is missing is made again",
    )


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        state = folder.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino
