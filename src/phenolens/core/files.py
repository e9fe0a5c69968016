"""Writing a file so that it is either complete or absent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial-"  # begins the name of a file that is still being written


@contextmanager
def written(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path in the same folder; on success it replaces `path`.

    The temporary file keeps the suffixes of `path`, so writers that go by the suffix work. It is
    flushed to disk before it is renamed, and the folder after: a crash at any moment leaves the
    old file or the new one. On an error the temporary file is deleted and `path` is unchanged.
    Missing parent folders are created.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with written(Path(folder) / "a.txt") as partial:
        ...         _ = partial.write_text("whole")
        ...     (Path(folder) / "a.txt").read_text(), len(list(Path(folder).iterdir()))
        ('whole', 1)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A folder of its own: some writers create more than one file, or insist on creating theirs.
    folder = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=path.parent))
    partial = folder / path.name
    try:
        yield partial
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    finally:
        partial.unlink(missing_ok=True)
        folder.rmdir()


def write_text(path: Path | str, text: str) -> Path:
    """Write UTF-8 text as `written` does; return the path."""
    with written(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return Path(path)


def publish(folder: Path, target: Path) -> Path:
    """Rename a finished folder to `target`, which must not exist; return it.

    Its files are flushed to disk first, so that after a crash the folder is complete or absent.
    """
    for path in sorted(folder.rglob("*"), reverse=True):
        _flush(path)
    _flush(folder)
    folder.rename(target)
    _flush(target.parent)
    return target


def _flush(path: Path) -> None:
    """Bring a file, or the entries of a folder, to disk."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
