"""Origin: the first entry of a chain of steps names the file that the profiles came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


def sha256_of(path: Path, files: Iterable[Path] = ()) -> str:
    """Return the SHA-256 of a file's bytes; for several, of their sorted names and digests.

    Args:
        path: A file, or a folder, which means every file below it.
        files: What was read, if it is not `path` alone.
    """
    parts = tuple(files) or (path,)
    if path.is_dir() and parts == (path,):
        parts = tuple(part for part in path.rglob("*") if part.is_file())
    if parts == (path,):
        return _digest(path)
    root = path if path.is_dir() else path.parent
    whole = hashlib.sha256()
    for name, part in sorted((_name(part, root), part) for part in parts):
        whole.update(f"{name}\0{_digest(part)}\n".encode())
    return whole.hexdigest()


def load_entry(
    path: Path, files: Iterable[Path], shape: tuple[int, int], **details: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the entry of a file that others wrote: what was read, and its fingerprint.

    Args:
        path: The file or folder; only its name is written.
        files: Every file that was read.
        shape: Rows and features.
        details: `parameters` (the columns that the caller named) and `facts` (of the reader).
    """
    rows, features = shape
    return {
        "step": "load",
        "file": path.absolute().name,
        "sha256": sha256_of(path, files),
        "rows": rows,
        "features": features,
        **{key: dict(value) for key, value in details.items()},
    }


def _name(part: Path, root: Path) -> str:
    return part.relative_to(root).as_posix() if part.is_relative_to(root) else part.name


def _digest(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()
