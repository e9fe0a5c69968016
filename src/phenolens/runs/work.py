"""The folder in which a screen is embedded until the result is on disk: what is in it."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from pathlib import Path

from phenolens.core.files import clear_leftovers
from phenolens.embedding.shards import Shards
from phenolens.runs.same_threads import noted_threads
from phenolens.store.pixel_store import remove_store

_LOG = logging.getLogger("phenolens")
STORE, PARTS = "store-", "parts-"  # begin the names of its folders
_THREADS = ".embed-threads.json"  # how many the work was begun with


def threads_of(work: Path) -> AbstractContextManager[None]:
    """Let torch compute with as many threads as the work was begun with; see `noted_threads`."""
    return noted_threads(work / _THREADS, _LOG.warning)


def clear_work(work: Path) -> None:
    """Delete what `embed_screen` kept in a folder; files of somebody else stay."""
    if not work.is_dir():
        return
    clear_leftovers(work)
    (work / _THREADS).unlink(missing_ok=True)
    for folder in work.glob(f"{STORE}*"):
        remove_store(folder)
    for folder in work.glob(f"{PARTS}*"):
        Shards(folder).remove()
    if not any(work.iterdir()):
        work.rmdir()
