"""A lock on what is being written: two processes never write one folder or file at once."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from phenolens.core.command import command_line
from phenolens.core.errors import InputError
from phenolens.core.progress import Say, silent
from phenolens.core.small_files import read_small

_LONGEST = 160  # characters of a command that are shown
_EVERY = 0.2  # seconds between two looks while waiting


@contextmanager
def held(path: Path, say: Say = silent, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a folder or file for as long as it is written.

    Use it around everything that reads the old content and writes the new one:

        with held(out, say, wait=wait):
            work(out)
            profiles.save(out)

    Next to `path` there are then `.<name>.lock` and `.<name>.lock.json`, which says who holds it.
    Both are removed at the end. When a process is killed the system releases its lock: the two
    files stay, block nobody, and are removed by the next process.

    A process that holds the lock of a path must not ask for it again.

    Args:
        path: What is written; it need not be there. Missing parent folders are created.
        say: Called once, with one line, where another process is waited for.
        wait: Whether to wait for the other process; otherwise it is an error.

    Raises:
        InputError: Another process is writing there; says its number, host, command, since when.
        OSError: The lock cannot be written next to `path`.
    """
    path = Path(path).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = path.with_name(f".{path.name}.lock")
    note = mark.with_name(f"{mark.name}.json")
    _refuse_foreign(mark)
    lock = FileLock(mark)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        who = f"is being written by {_owner(note)}"
        if not wait:
            raise InputError(who, where=path, fix="wait for it, or add --wait") from error
        say(f"{path} {who}; waiting until it is free")
        lock.acquire(poll_interval=_EVERY)
    try:
        _refuse_foreign(note)
        note.write_text(json.dumps(_this_process()), encoding="utf-8")
    except BaseException:
        mark.unlink(missing_ok=True)
        lock.release()
        raise
    try:
        yield
    finally:
        for file in (note, mark):
            with suppress(OSError):  # Windows deletes no open file: it is empty and blocks nobody
                file.unlink(missing_ok=True)
        lock.release()


def _refuse_foreign(file: Path) -> None:
    """Raise where a file of somebody else, or a link to one, has the name of a lock."""
    if not _may_be_ours(file):
        raise InputError(
            "has the name of a lock of phenolens, and is none",
            where=file,
            fix="move it, or write to another place",
        )


def _may_be_ours(file: Path) -> bool:
    """Return whether a path is free, a lock, which is empty, or the note next to it."""
    begin = b'{"process": '
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return False
        with file.open("rb") as opened:
            return begin.startswith(opened.read(len(begin)))  # a kill may have cut it short
    except FileNotFoundError:  # another process may have deleted it meanwhile
        return True


def _this_process() -> dict[str, str | int]:
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "command": command_line(),
        "since": datetime.now(UTC).isoformat(sep=" ", timespec="seconds"),
    }


def _owner(note: Path) -> str:
    """Return who holds a lock, in words."""
    try:
        owner = json.loads(read_small(note))
        command = str(owner["command"])
        command = command if len(command) <= _LONGEST else f"{command[:_LONGEST]}..."
        return (
            f"process {owner['process']} on {owner['host']} (`{command}`, since {owner['since']})"
        )
    except (OSError, ValueError, TypeError, KeyError):  # not written yet, or damaged
        return "another process"
