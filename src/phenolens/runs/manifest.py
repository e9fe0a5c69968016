"""Manifest: the size and checksum of every file that was written, to recognise a damaged one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

# Measured: SHA-256 reads 1.4 GB/s. Of larger files, as prepared pixels, only parts are read.
WHOLE = 1 << 28  # bytes
_PARTS, _PART = 64, 1 << 20  # evenly spaced, the first and the last bytes among them
Manifest = Mapping[str, tuple[int, str]]  # file, relative to a folder -> its bytes, its checksum


def manifest(root: Path, places: Iterable[Path]) -> dict[str, tuple[int, str]]:
    """Return size and checksum of files, and of all files in folders, by path below `root`."""
    files = [
        file
        for place in places
        for file in (sorted(place.rglob("*")) if place.is_dir() else [place])
        if file.is_file()
    ]
    return {file.relative_to(root).as_posix(): _facts(file) for file in files}


def of_text(text: str) -> tuple[int, str]:
    """Return size and checksum of the file that will hold this text, as UTF-8."""
    content = text.encode()
    return len(content), hashlib.sha256(content).hexdigest()


def damage(root: Path, written: Any, *, quick: bool = False) -> str:
    """Return the first file that is not as it was written, with what is wrong; empty if none is.

    Args:
        root: The folder.
        written: Its manifest; anything else, as read from a damaged file, counts as damage.
        quick: Whether to look at sizes only.
    """
    if not is_manifest(written):
        return f"{root}: the list of its files is damaged"
    for name, (size, checksum) in written.items():
        path = root / name
        if not path.is_file():
            return f"{path}: is missing"
        if _has_link(root, name):
            return f"{path}: is reached by a link"
        found = path.stat().st_size
        if found != size:
            return f"{path}: is damaged ({found} bytes instead of {size})"
        if not quick and _facts(path)[1] != checksum:
            return f"{path}: is damaged (its content has changed)"
    return ""


def _has_link(root: Path, name: str) -> bool:
    """Return whether a file, or a folder on the way to it, is a link."""
    parts = PurePosixPath(name).parts
    return any(root.joinpath(*parts[: i + 1]).is_symlink() for i in range(len(parts)))


def is_manifest(value: Any) -> bool:
    """Return whether a value, as read from JSON, is a manifest."""
    return isinstance(value, Mapping) and all(
        isinstance(facts, list | tuple)
        and [type(fact) for fact in facts] == [int, str]
        and not Path(name).is_absolute()
        and ".." not in Path(name).parts
        for name, facts in value.items()
    )


def _facts(path: Path) -> tuple[int, str]:
    state = path.stat()
    changed = (state.st_ino, state.st_mtime_ns, state.st_ctime_ns)
    return state.st_size, _checksum(path, state.st_size, changed)


@lru_cache(maxsize=4096)  # a run looks several times at files that nobody touches
def _checksum(path: Path, size: int, changed: tuple[int, ...]) -> str:
    """Return the SHA-256 of a file, or of parts of a large one; the arguments tell its state."""
    del changed
    whole = hashlib.sha256()
    starts = [0] if size <= WHOLE else [(size - _PART) * i // (_PARTS - 1) for i in range(_PARTS)]
    length = size if size <= WHOLE else _PART
    with path.open("rb") as file:
        for start in starts:
            file.seek(start)
            whole.update(file.read(length))
    return whole.hexdigest()
