"""Files that are elsewhere: a local folder has their names, their content is fetched when read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, runtime_checkable


@runtime_checkable
class Mirror(Protocol):
    """A folder whose images are empty files, in the place of those of a server."""

    root: Path

    def holds(self, name: str) -> bool:
        """Return whether the file of this path below the root is elsewhere."""
        ...

    def fetch(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            InputError: It cannot be had.
        """
        ...

    def signature(self, name: str) -> bytes:
        """Return 16 bytes that change with the file, from what the server says of it."""
        ...


_KNOWN: dict[Path, Mirror] = {}


def register(mirror: Mirror) -> None:
    """Make the files of a mirror readable in this process."""
    _KNOWN[mirror.root.resolve()] = mirror


def mirror_of(path: Path) -> tuple[Mirror, str] | None:
    """Return the mirror that a path belongs to, and its path below that; None: it is a file."""
    if not _KNOWN:
        return None
    whole = path.resolve()
    for root, mirror in _KNOWN.items():
        if whole.is_relative_to(root):
            name = whole.relative_to(root).as_posix()
            return (mirror, name) if mirror.holds(name) else None
    return None


@contextmanager
def at_hand(path: Path) -> Iterator[Path]:
    """Yield a file that holds the content: the path itself, or a copy that is deleted afterwards.

    Raises:
        InputError: It is elsewhere, and cannot be had.
    """
    found = mirror_of(path)
    if found is None:
        yield path
        return
    mirror, name = found
    content = mirror.fetch(name)
    with TemporaryDirectory(prefix="phenolens-") as folder:
        copy = Path(folder, path.name)
        copy.write_bytes(content)
        yield copy
