"""What a cache holds: listing it, and clearing what no process uses."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from phenolens.core.errors import InputError, nearest
from phenolens.runs.cache import (
    ABOUT,
    WORK,
    damage_of,
    discard,
    facts_of,
    in_use,
    lock_of,
)
from phenolens.runs.cache_mark import is_marked
from phenolens.runs.stages import FORMATS

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


@dataclass(frozen=True, slots=True)
class Entry:
    """One stage in a cache.

    Attributes:
        stage: As `prepare`.
        key: Its hash.
        about: What it is.
        size: Bytes of its files.
        used: When it was last used, seconds since 1970.
        finished: Whether it is complete; otherwise a killed run left it, and it can be resumed.
        path: Its folder.
    """

    stage: str
    key: str
    about: str
    size: int
    used: float
    finished: bool
    path: Path

    @property
    def name(self) -> str:
        """As `prepare/0123456789abcdef`."""
        return f"{self.stage}/{self.key}"

    def in_use(self) -> bool:
        """Return whether a process makes or uses it now."""
        try:
            with lock_of(self.path.with_suffix("")):
                return in_use(self.path.with_suffix(""))
        except Timeout:
            return True
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise
            return False  # it can only be read: no process can hold it

    def remove(self) -> bool:
        """Delete it; return False where a process makes or uses it."""
        base = self.path.with_suffix("")
        try:
            with lock_of(base):
                if in_use(base):
                    return False
                discard(self.path)
        except Timeout:
            return False
        return True


def entries(root: Path) -> list[Entry]:
    """Return what a cache holds, by stage, the most recently used first.

    Of a folder without the mark of a cache only whole stages: anything else may be somebody's. What
    a link leads to is not listed, so that it is not cleared either.

    Raises:
        InputError: There is no such folder.
    """
    if not root.is_dir():
        raise InputError("no cache here", where=root, fix="name its folder with --cache")
    order, marked = list(FORMATS), is_marked(root)
    listed = [
        _entry(path)
        for stage in order
        for path in (root / stage).glob("*")
        if path.is_dir() and re.fullmatch(r"[0-9a-f]{16}(\.work)?", path.name)
        if not (path.is_symlink() or path.parent.is_symlink())
        if marked or ((path / ABOUT).is_file() and not damage_of(path, quick=True))
    ]
    return sorted(listed, key=lambda entry: (order.index(entry.stage), -entry.used, entry.key))


def choose(
    listed: Sequence[Entry], names: Sequence[str], stage: str | None, older_than: str | None
) -> list[Entry]:
    """Return the entries that are meant: those that fit everything given.

    Args:
        listed: All entries.
        names: As `prepare/0123456789abcdef`, or the beginning of a key. Empty: all.
        stage: Of this stage only.
        older_than: Not used for so long: `30d`, `12h`, `2w`.

    Raises:
        InputError: A name, stage or age that fits nothing or cannot be read.
    """
    if stage is not None and stage not in FORMATS:
        raise InputError("no such stage", where=stage, fix=nearest(stage, FORMATS))
    for name in names:
        if not name or not any(_named(entry, name) for entry in listed):
            raise InputError(
                "no such entry", where=name or "''", fix="`phenolens cache` lists what there is"
            )
    before = time.time() - (seconds_of(older_than) if older_than is not None else 0)
    return [
        entry
        for entry in listed
        if (not names or any(_named(entry, name) for name in names))
        and stage in (None, entry.stage)
        and (older_than is None or entry.used < before)
    ]


def seconds_of(age: str) -> float:
    """Return an age in seconds.

    Raises:
        InputError: It is not a number with a unit.

    Example:
        >>> seconds_of("30d"), seconds_of("1.5h")
        (2592000.0, 5400.0)
    """
    number = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", age.strip())
    if not number:
        raise InputError(
            f"expected an age, got {age!r}", fix="a number with s, m, h, d or w, as 30d"
        )
    return float(number[1]) * _UNITS[number[2]]


def _named(entry: Entry, name: str) -> bool:
    return entry.name.startswith(name) or entry.key.startswith(name)


def _entry(path: Path) -> Entry:
    files = [file for file in path.rglob("*") if file.is_file()]
    finished = path.suffix != WORK
    about = "unfinished; resumed by its next run"
    if finished:
        intact = not damage_of(path, quick=True)
        about = str(facts_of(path)["about"]) if intact else "damaged; its next run makes it again"
    marked = finished and (path / ABOUT).exists()
    used = (path / ABOUT if marked else path).stat().st_mtime
    if not finished:
        used = max([used, *(file.stat().st_mtime for file in files)])
    size = sum(file.stat().st_size for file in files)
    return Entry(path.parent.name, path.stem, about, size, used, finished, path)
