"""Room on a disk: reserved before it is needed, and a full disk named with what is missing."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import PARTIAL

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Of file systems that reserve nothing. macOS and Windows have no such call at all.
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
_ZEROS = 2**22  # bytes written at a time where nothing can be reserved
_MEGA = 10**6


def reserve(path: Path, size: int) -> None:
    """Let a file have `size` bytes for which the disk has room, whatever happens later.

    A file that is written through a memory map may otherwise find the disk full in the middle of
    an assignment, where the system ends the process without a word (`Bus error`). What the file
    holds stays; what is added reads as zeros. Where the file system cannot reserve, zeros are
    written. If there is no room, the file keeps its old size.

    Args:
        path: The file; created where it is missing.
        size: Its least size in bytes.

    Raises:
        InputError: The disk, the quota or the largest size of a file does not allow it.
    """
    with room(path, size), path.open("ab") as file:
        before = os.fstat(file.fileno()).st_size
        try:
            _allocate(file.fileno(), before, size)
        except BaseException:
            os.ftruncate(file.fileno(), before)
            raise


@contextmanager
def room(path: Path, size: int) -> Iterator[None]:
    """Turn the error of a full disk into one that says what is needed and what is free.

    Args:
        path: The file or folder that is written inside the block.
        size: How many bytes it takes in all.

    Raises:
        InputError: The block failed because the disk is full.
    """
    full = 0
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        full = error.errno
    if full:
        raise _too_small(path, size, full) from None  # the whole story: no cause to show


def _allocate(file: int, before: int, size: int) -> None:
    if size <= 0:
        return
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, size)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
        else:
            return
    for begin in range(before, size, _ZEROS):
        zeros = memoryview(bytes(min(_ZEROS, size - begin)))
        while zeros:
            zeros = zeros[os.write(file, zeros) :]
    os.fsync(file)  # a full disk may show only now


def _too_small(path: Path, size: int, number: int) -> InputError:
    """Return the error of a disk without room for a file."""
    needed = f"{size / _MEGA:,.1f} MB are needed"
    named = re.sub(
        rf"{re.escape(PARTIAL)}[^/]*/", "", str(path)
    )  # what is being written, not where
    if number == errno.EFBIG:
        return InputError(
            f"files here may not be so large: {needed}",
            where=named,
            fix="raise the limit (ulimit -f), or name a place on another disk",
        )
    there = next(p for p in (path, *path.absolute().parents) if p.exists())
    free = shutil.disk_usage(there).free / _MEGA
    quota = " and your quota may allow less" if number == errno.EDQUOT else ""
    return InputError(
        f"no space left on the disk: {needed} in all, {free:,.1f} MB are free{quota}",
        where=named,
        fix="make room, or name a place on another disk; then run the same command again to resume",
    )
