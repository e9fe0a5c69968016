"""The cache: a folder of finished stages that runs share."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from phenolens.core.errors import InputError
from phenolens.core.files import clear_leftovers, publish, write_text
from phenolens.core.progress import Say, silent
from phenolens.core.small_files import read_small
from phenolens.runs.cache_mark import is_marked, mark
from phenolens.runs.manifest import damage, manifest
from phenolens.runs.stages import Stage
from phenolens.runs.still_there import removed

CACHE = "phenolens-cache"  # its name next to the run folders
ABOUT = "stage.json"  # in every entry: what it is
WORK, USES, LOCK, GOING = ".work", ".uses", ".lock", ".going-"


_MARK = re.compile(r"\d+-[0-9a-f]{8}")  # of a process that uses an entry


class Cache:
    """A folder of finished stages: `<stage>/<key>/`, each complete or absent.

    A stage is made in `<key>.work`, which is renamed when it is finished; a killed one is resumed
    there. `<key>.lock` is held by the process that makes it, so that another that needs the same
    stage waits and then finds it. Each process that uses an entry holds a lock in `<key>.uses/`
    until `close`; what is used is never cleared. The system releases both kinds of lock when a
    process is killed.

    Args:
        root: The folder; made, and marked as a cache, when a stage is.
        say: Called where another process is waited for, and where an entry is damaged.

    Attributes:
        made: Keys of the stages that were made here, not found.
    """

    def __init__(self, root: Path, say: Say = silent) -> None:
        self.root = root
        self.made: set[str] = set()
        self._say = say
        self._uses = ExitStack()
        self._used: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Use no entry any more."""
        self._uses.close()
        self._used.clear()

    def path(self, stage: Stage) -> Path:
        """Return the folder of a stage, whether it is there or not."""
        return self.root / stage.name / stage.key

    def work(self, stage: Stage) -> Path:
        """Return the folder that a stage is made in."""
        return sibling(self.path(stage), WORK)

    def has(self, stage: Stage) -> bool:
        """Return whether a stage is there, complete."""
        return not damage_of(self.path(stage))

    def make(
        self, stage: Stage, build: Callable[[Path], object], needed: Iterable[str] = ()
    ) -> Path:
        """Return the folder of a finished stage; make it where no process has done so before.

        Args:
            stage: What is needed.
            build: Called with the folder to write into, which may hold what a killed process left.
            needed: Files and folders without which the stage is not finished.

        Raises:
            InputError: A folder or a lock of somebody else has the name of the stage's; or what was
                written was removed meanwhile.
        """
        mark(self.root)
        entry = self.path(stage)
        needed = tuple(needed)
        with self._locked(entry, f"{stage.name} {stage.about}".strip()):
            wrong = damage_of(entry) or _lacking(entry, needed)
            if wrong and entry.exists():  # it lost files, or was cut off while it was copied
                _refuse_foreign(entry)
                self._say(f"{wrong}; it will be made again")
                discard(entry)
            if wrong:
                self._make(stage, entry, build, needed)
                self.made.add(stage.key)
            self._use(entry)
        return entry

    def wait(self, stage: Stage, every: float = 0.5) -> Path:
        """Return the folder of a stage that another process of this run makes, once it is there."""
        entry = self.path(stage)
        while not self.has(stage):
            time.sleep(every)
        with self._locked(entry, ""):
            self._use(entry)
        return entry

    def _make(
        self,
        stage: Stage,
        entry: Path,
        build: Callable[[Path], object],
        needed: tuple[str, ...],
    ) -> None:
        work = self.work(stage)
        work.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        try:
            build(work)
        except BaseException:
            if not any(work.iterdir()):  # nothing to resume
                work.rmdir()
            raise
        seconds = round(time.perf_counter() - begun, 3)
        if _lacking(work, needed):
            raise removed(work)
        about: dict[str, Any] = {"stage": stage.name, "key": stage.key, "about": stage.about}
        clear_leftovers(work)
        (work / ABOUT).unlink(missing_ok=True)
        about |= {"seconds": seconds, "files": manifest(work, [work])}
        write_text(work / ABOUT, json.dumps({**about, **stage.identity}, indent=1, default=str))
        publish(work, entry)

    @contextmanager
    def _locked(self, entry: Path, about: str) -> Iterator[None]:
        """Hold the lock of an entry; say so where another process holds it."""
        entry.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as holding:
            try:
                holding.enter_context(lock_of(entry))
            except Timeout:
                if about:
                    self._say(f"waiting for another process that is making {about}")
                holding.enter_context(lock_of(entry, wait=True))
            yield

    def _use(self, entry: Path) -> None:
        """Hold an entry until `close`, and note the time; its lock must be held."""
        os.utime(entry / ABOUT)
        if entry in self._used:
            return
        user = sibling(entry, USES) / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        lock = FileLock(user)
        while not lock.is_locked:
            user.parent.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # its last user has just removed the folder
                lock.acquire()
        self._used.add(entry)
        self._uses.callback(_release, lock, user)


def _lacking(folder: Path, needed: Iterable[str]) -> str:
    """Return the first file or folder that is needed and not there; empty if there is none."""
    for name in needed:
        if not (folder / name).exists():
            return f"{folder / name}: is missing"
    return ""


def _refuse_foreign(entry: Path) -> None:
    """Raise where a folder that is about to be deleted may be somebody else's."""
    if not is_marked(entry.parent.parent) and not (entry / ABOUT).is_file():
        raise InputError(
            "has the name of a stage, and is none",
            where=entry,
            fix="move it, or name another folder with --cache",
        )


def facts_of(entry: Path) -> dict[str, Any]:
    """Return what a finished entry says about itself."""
    return dict(json.loads(read_small(entry / ABOUT)))


def damage_of(entry: Path, *, quick: bool = False) -> str:
    """Return what is wrong with an entry, naming the file; empty where it is complete.

    Args:
        entry: Its folder.
        quick: Whether to look at sizes only, not at checksums.
    """
    try:
        facts = facts_of(entry)
    except (OSError, ValueError, TypeError, RecursionError):
        return f"{entry / ABOUT}: is damaged"
    named = (facts.get("stage"), facts.get("key")) == (entry.parent.name, entry.name)
    whole = isinstance(facts.get("seconds"), int | float) and isinstance(facts.get("about"), str)
    if not (named and whole):
        return f"{entry / ABOUT}: is damaged"
    return damage(entry, facts.get("files"), quick=quick)


def discard(folder: Path) -> None:
    """Delete a folder, if it is there; it is absent at once, whatever happens meanwhile."""
    if not folder.exists():
        return
    going = folder.with_name(f"{folder.name}{GOING}{uuid.uuid4().hex[:8]}")
    folder.replace(going)
    shutil.rmtree(going)


def sibling(entry: Path, suffix: str) -> Path:
    """Return the path of an entry's lock, uses or unfinished work."""
    return entry.with_name(entry.name + suffix)


@contextmanager
def lock_of(entry: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of an entry.

    Args:
        entry: Its folder, there or not.
        wait: Whether to wait for another process that holds it.

    Raises:
        Timeout: Another process holds it, and is not waited for.
        InputError: A file of somebody else has the name of the lock.
    """
    path = sibling(entry, LOCK)
    if not _may_be_lock(path):
        raise InputError(
            "has the name of a lock of phenolens, and is none",
            where=path,
            fix="move it, or name another folder with --cache",
        )
    with FileLock(path).acquire(timeout=-1 if wait else 0):
        try:
            yield
        finally:
            with suppress(OSError):  # Windows deletes no open file
                path.unlink(missing_ok=True)


def _is_lock(path: Path) -> bool:
    """Return whether a file can be a lock: it is empty, and no link."""
    return os.path.lexists(path) and _may_be_lock(path)


def _may_be_lock(path: Path) -> bool:
    """Return whether a path is free, or an empty file; one look: others may delete it meanwhile."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(found.st_mode) and not found.st_size


def in_use(base: Path) -> bool:
    """Return whether a live process uses an entry; marks that killed ones left are deleted."""
    used = False
    for user in sibling(base, USES).glob("*-*"):
        if not (_MARK.fullmatch(user.name) and _is_lock(user)):
            continue
        try:
            with FileLock(user).acquire(timeout=0):
                user.unlink(missing_ok=True)
        except Timeout:
            used = True
    with suppress(OSError):  # it is not there, or in use
        sibling(base, USES).rmdir()
    return used


def _release(lock: FileLock, user: Path) -> None:
    user.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):  # other processes use the entry
        user.parent.rmdir()
