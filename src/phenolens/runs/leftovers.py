"""What killed processes left in a run folder and in the cache, deleted by the next run."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path

from filelock import Timeout

from phenolens.core.files import clear_leftovers
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import GOING, LOCK, USES, WORK, damage_of, in_use, lock_of, sibling
from phenolens.runs.cache_mark import is_marked
from phenolens.runs.processes import MARK
from phenolens.runs.stages import FORMATS

_OURS = re.compile(rf"[0-9a-f]{{16}}({LOCK}|{USES}|({WORK})?({GOING}[0-9a-f]{{8}})?)")


def clear_folder(folder: RunFolder) -> None:
    """Delete unfinished files in the folder of a run, whose lock must be held."""
    for mark in folder.root.glob(f"{MARK}*"):
        if re.fullmatch(r"[0-9a-f]{16}", mark.name.removeprefix(MARK)):
            mark.unlink(missing_ok=True)
    if folder.root.is_dir():
        clear_leftovers(folder.root)


def clear_cache(root: Path) -> None:
    """Delete what no process needs: old locks, marks of use, entries that were being deleted.

    What is unfinished stays for its next run, but for that of an entry that is finished. Entries
    that a living process holds are left alone, and so is a folder without the mark of a cache.
    """
    if not is_marked(root):
        return
    clear_leftovers(root, below=False)  # of the mark itself
    for stage in FORMATS:
        if (root / stage).is_symlink():  # what it leads to has no mark
            continue
        names = {path.name for path in (root / stage).glob("*.*") if _OURS.fullmatch(path.name)}
        for name in names:
            if GOING in name and not (root / stage / name).is_symlink():
                shutil.rmtree(root / stage / name, ignore_errors=True)
        for key in {name.partition(".")[0] for name in names if name.endswith((LOCK, USES, WORK))}:
            with suppress(Timeout):  # another process makes it, or has found it just now
                _clear_entry(root / stage / key)


def _clear_entry(entry: Path) -> None:
    with lock_of(entry):
        in_use(entry)
        work = sibling(entry, WORK)
        if work.exists() and not damage_of(entry, quick=True):
            shutil.rmtree(work)
