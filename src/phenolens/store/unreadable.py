"""Images of a store that could not be read: noted one by one, so that a resume knows them."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from phenolens.core.files import write_text
from phenolens.core.screen import Images
from phenolens.core.small_files import lines_of
from phenolens.store.note import UNREADABLE

LOG = logging.getLogger("phenolens")


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Pixels of some rows, and which of them could not be read.

    Attributes:
        images: The pixels, uint16; zeros where an image could not be read.
        unreadable: Row and reason of these images.
        looks: What was measured of each (`store.looks`), where whoever read them did so.
    """

    images: Images
    unreadable: Mapping[int, str] = field(default_factory=dict)
    looks: np.ndarray | None = None


@dataclass(slots=True)
class Notes:
    """The file in which the process that writes a store notes the images that cannot be read.

    Attributes:
        folder: Folder of the store.
    """

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, unreadable: Mapping[int, str]) -> None:
        """Note row and reason of images; they are on disk when it returns."""
        if not unreadable:
            return
        with self._lock, (self.folder / UNREADABLE).open("a", encoding="utf-8") as file:
            for row, why in unreadable.items():
                LOG.warning("left out: %s", why)
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
