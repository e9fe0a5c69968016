"""Images of a store that could not be read: noted one by one, so that a resume knows them."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from phenolens.core.files import write_text
from phenolens.core.screen import Images, Rows, UnreadableImage
from phenolens.core.small_files import lines_of
from phenolens.store.note import UNREADABLE

LOG = logging.getLogger("phenolens")


@dataclass(slots=True)
class Lenient:
    """Rows -> pixels; images that cannot be read are zeros, and noted in a file.

    Attributes:
        read: What reads the pixels.
        folder: Folder of the store.
        shape: (channel, height, width) of an image.
    """

    read: Callable[[Rows], Images]
    folder: Path
    shape: tuple[int, int, int]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, rows: Rows) -> Images:
        """Return the pixels of these rows.

        Raises:
            InputError: An image is of another size, or the disk cannot be read.
        """
        try:
            return self.read(rows)
        except UnreadableImage:
            return np.concatenate([self._one(row) for row in rows[:, None]])

    def _one(self, row: Rows) -> Images:
        try:
            return self.read(row)
        except UnreadableImage as error:
            why = f"{error.where}: {error.what}"
            LOG.warning("left out: %s", why)
            self._note(int(row[0]), why)
            return np.zeros((1, *self.shape), dtype=np.uint16)

    def _note(self, row: int, why: str) -> None:
        with self._lock, (self.folder / UNREADABLE).open("a", encoding="utf-8") as file:
            # A line that was cut short by a kill is ended first.
            file.write(f"\n{json.dumps([row, why])}\n")
            file.flush()
            os.fsync(file.fileno())


def read_unreadable(folder: Path) -> dict[int, str]:
    """Return row and reason of the images that could not be read while a store was written.

    A line that a kill cut short is passed over: its chunk is read again.
    """
    path = folder / UNREADABLE
    found: dict[int, str] = {}
    for line in lines_of(path) if path.is_file() else ():
        try:
            row, why = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            continue
        if isinstance(row, int) and isinstance(why, str):
            found[row] = why
    return found


def keep_unreadable(folder: Path, kept: Callable[[int], bool]) -> None:
    """Delete the notes of all images but these."""
    path = folder / UNREADABLE
    if path.is_file():
        found = [[row, why] for row, why in read_unreadable(folder).items() if kept(row)]
        write_text(path, "".join(f"{json.dumps(one)}\n" for one in found))
