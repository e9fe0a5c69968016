"""Reading an image that may be on a server: what is wrong is said of its own path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from phenolens.core.errors import InputError
from phenolens.core.mirror import at_hand

Result = TypeVar("Result")


def of_content(read: Callable[[Path, int | None], Result], path: Path, frame: int | None) -> Result:
    """Return what is read of a file, or of the copy of one that is elsewhere.

    Args:
        read: Reads a file on this disk.
        path: Of the file.
        frame: Passed on.

    Raises:
        InputError: As `read` does, or it cannot be had.
    """
    with at_hand(path) as file:
        try:
            return read(file, frame)
        except InputError as error:
            if file == path:
                raise
            raise InputError(error.what, where=path, fix=error.fix) from error.__cause__
