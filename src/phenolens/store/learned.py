"""What pixel steps estimated from many images, kept next to the pixels that were made with it."""

from __future__ import annotations

import logging
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.store.note import AGAIN, LEARNED

LOG = logging.getLogger("phenolens")


def keep_learned(screen: Screen, folder: Path) -> None:
    """Write what the screen's steps estimate; take it over where a killed process wrote it.

    Raises:
        InputError: An image cannot be read; or a step's file has a name that no store has.
    """
    for one in screen.learned:
        if one.name not in LEARNED:
            raise InputError(f"a pixel store has no file '{one.name}'", where=folder)
        path = folder / one.name
        if path.is_file():
            try:
                one.load(path)
                continue
            except InputError as error:
                LOG.warning("%s: %s; %s", error.where, error.what, AGAIN)
        one.save(path)
