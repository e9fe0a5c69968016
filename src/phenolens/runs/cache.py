"""The cache: a folder of finished stages that runs share."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from phenolens.core.files import publish, write_text
from phenolens.core.progress import Say, silent
from phenolens.runs.stages import Stage

CACHE = "phenolens-cache"  # its name next to the run folders
ABOUT = "stage.json"  # in every entry: what it is
WORK, USES, LOCK = ".work", ".uses", ".lock"


class Cache:
    """A folder of finished stages: `<stage>/<key>/`, each complete or absent.

    A stage is made in `<key>.work`, which is renamed when it is finished; a killed one is resumed
    there. `<key>.lock` is held by the process that makes it, so that another that needs the same
    stage waits and then finds it. Each process that uses an entry holds a lock in `<key>.uses/`
    until `close`; what is used is never cleared. The system releases both kinds of lock when a
    process is killed.

    Args:
        root: The folder; made when a stage is.
        say: Called where another process is waited for.
    """

    def __init__(self, root: Path, say: Say = silent) -> None:
        self.root = root
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
        return is_intact(self.path(stage))

    def make(self, stage: Stage, build: Callable[[Path], object]) -> Path:
        """Return the folder of a finished stage; make it where no process has done so before.

        Args:
            stage: What is needed.
            build: Called with the folder to write into, which may hold what a killed process left.
        """
        entry = self.path(stage)
        with self._locked(entry, f"{stage.name} {stage.about}".strip()):
            if not self.has(stage):
                discard(entry)  # one that lost files, or was cut off while it was copied
                self._make(stage, entry, build)
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

    def _make(self, stage: Stage, entry: Path, build: Callable[[Path], object]) -> None:
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
        about: dict[str, Any] = {"stage": stage.name, "key": stage.key, "about": stage.about}
        about |= {"seconds": seconds, "files": _sizes(work)}
        write_text(work / ABOUT, json.dumps({**about, **stage.identity}, indent=1, default=str))
        publish(work, entry)

    @contextmanager
    def _locked(self, entry: Path, about: str) -> Iterator[None]:
        """Hold the lock of an entry; say so where another process holds it."""
        entry.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(sibling(entry, LOCK))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if about:
                self._say(f"waiting for another process that is making {about}")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _use(self, entry: Path) -> None:
        """Hold an entry until `close`, and note the time; its lock must be held."""
        os.utime(entry / ABOUT)
        if entry in self._used:
            return
        uses = sibling(entry, USES)
        uses.mkdir(exist_ok=True)
        mark = uses / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        lock = FileLock(mark)
        lock.acquire()
        self._used.add(entry)
        self._uses.callback(_release, lock, mark)


def facts_of(entry: Path) -> dict[str, Any]:
    """Return what a finished entry says about itself."""
    return dict(json.loads((entry / ABOUT).read_text(encoding="utf-8")))


def is_intact(entry: Path) -> bool:
    """Return whether an entry is there with all files that it was published with."""
    try:
        files = facts_of(entry).get("files", {})
        return all((entry / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, TypeError, AttributeError):  # a file is absent, or is not JSON
        return False


def discard(folder: Path) -> None:
    """Delete a folder, if it is there; it is absent at once, whatever happens meanwhile."""
    if not folder.exists():
        return
    going = folder.with_name(f"{folder.name}.going-{uuid.uuid4().hex[:8]}")
    folder.replace(going)
    shutil.rmtree(going)


def _sizes(folder: Path) -> dict[str, int]:
    """Return the size of each file of a folder, but for what the entry says about itself."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    return {name: size for name, size in names.items() if name != ABOUT}


def sibling(entry: Path, suffix: str) -> Path:
    """Return the path of an entry's lock, uses or unfinished work."""
    return entry.with_name(entry.name + suffix)


def in_use(base: Path) -> bool:
    """Return whether a live process uses an entry; marks that killed ones left are deleted."""
    for mark in sibling(base, USES).glob("*"):
        try:
            with FileLock(mark).acquire(timeout=0):
                mark.unlink(missing_ok=True)
        except Timeout:
            return True
    return False


def _release(lock: FileLock, mark: Path) -> None:
    mark.unlink(missing_ok=True)
    lock.release()
