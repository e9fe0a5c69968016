"""Paths that a file names: they may not lead out of the folders that the user chose.

A recipe of a stranger may name any file of this computer, and what a run reads is in its report. So
the paths in a file must be in the root or in the folder of the file itself. What the user types on
the command line, or writes in Python, is free.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

from phenolens.core.errors import InputError

FLAG = "--allow-outside"


@dataclass(frozen=True, slots=True)
class Fence:
    """Where the paths of one file may lead.

    Attributes:
        roots: Folders; a path must be in one of them, links resolved.
        typed: What the user typed: a path that is a whole word of it may lead anywhere.
    """

    roots: tuple[Path, ...]
    typed: str = ""

    @classmethod
    def of(cls, files: Iterable[Path], typed: Iterable[str] = ()) -> Fence:
        """Return the fence of some files: their own folders, and the folder we are in."""
        return cls((Path(), *(file.parent for file in files)), "\n".join(typed))

    def wider(self, *roots: Path) -> Fence:
        """Return the fence with more folders in it."""
        return replace(self, roots=(*self.roots, *roots))

    def is_typed(self, name: str) -> bool:
        """Return whether the user typed this path, as a whole value."""
        value = rf"(?m)(?:^|[\s,=(\[{{\"']){re.escape(name)}(?=\s*(?:$|[,)\]}}\"']))"
        return bool(name.strip()) and re.search(value, self.typed) is not None


_FENCE: ContextVar[Fence | None] = ContextVar("fence", default=None)


@contextmanager
def fenced(fence: Fence | None) -> Iterator[None]:
    """Hold all paths that `permitted` is asked about to a fence; None: they may lead anywhere."""
    token = _FENCE.set(fence)
    try:
        yield
    finally:
        _FENCE.reset(token)


_PLACES: ContextVar[tuple[Path, ...]] = ContextVar("places", default=())


@contextmanager
def looked_for(*folders: Path) -> Iterator[None]:
    """Let the files that settings name be found in these folders, the first one first."""
    token = _PLACES.set(folders)
    try:
        yield
    finally:
        _PLACES.reset(token)


def found(name: str) -> Path:
    """Return the path of a file that a setting names: in a folder of `looked_for`, else from here.

    Example:
        >>> found("net.onnx").as_posix()
        'net.onnx'
    """
    among = [*(folder / name for folder in _PLACES.get()), Path(name)]
    return next((path for path in among if path.is_file()), among[0])


def permitted(name: str, path: Path | None = None, where: object = "") -> Path:
    """Return the path that a setting leads to, if it may lead there.

    Args:
        name: What the setting says.
        path: Where that leads; None: to that name in the folder we are in.
        where: The setting, for the message; what it says unless given.

    Raises:
        InputError: The setting is from a file, and the path, or a link in the folder that it
            names, leads out of the folders it may use.
    """
    if "\0" in name:
        raise InputError("no path has a NUL in it", where=where or name, fix="name another file")
    path = Path(name) if path is None else path
    fence = _FENCE.get()
    if fence is None or fence.is_typed(name):
        return path
    inside(path, fence.roots, where or name)
    for link in _links(path) if path.is_dir() else ():
        inside(link, fence.roots, where or name)
    return path


def permitted_below(root: Path, names: Iterable[str]) -> None:
    """Raise where a file below a folder of images is reached by a link that leads elsewhere.

    Args:
        root: The folder.
        names: The files, relative to it.

    Raises:
        InputError: Settings are from a file, and a link leads out of the folders it may use.
    """
    fence = _FENCE.get()
    if fence is None:
        return
    seen: set[Path] = set()
    for path in (root / name for name in names):
        if path.parent not in seen:
            seen.add(path.parent)
            inside(path.parent, fence.roots)
        if path.is_symlink():
            inside(path, fence.roots)


def _links(folder: Path) -> Iterator[Path]:
    """Yield every link to something below a folder, and below the folders that they lead to."""
    folders, seen = [folder], set[str]()
    while folders:
        for place, names, files in os.walk(folders.pop()):
            for path in (Path(place) / name for name in (*names, *files)):
                if path.is_symlink() and path.exists():
                    yield path  # first: what it leads to is looked at once it is permitted
                    real = os.path.realpath(path)
                    if real not in seen and path.is_dir():
                        folders.append(Path(real))
                    seen.add(real)


def path_of(value: object, where: object = "") -> Path:
    """Return a path that a caller in Python gives, as text or as a path.

    Raises:
        InputError: It is something else.

    Example:
        >>> path_of("wells.csv").name
        'wells.csv'
    """
    if not isinstance(value, str | os.PathLike):
        raise InputError(
            f"expected the path of a file, got {type(value).__name__}",
            where=where,
            fix="give one path, as text",
        )
    return Path(os.fsdecode(value))


def literal(path: Path) -> Path:
    """Return a path as every library reads it: as it is written.

    pandas and pyarrow take a `~` at the beginning of a path for the home folder, and `file:` or
    `s3:` for an address: they would open another file than the one that was permitted. A path from
    the top of the disk begins with neither.

    Example:
        >>> literal(Path("~/wells.csv")) == Path.cwd() / "~" / "wells.csv"
        True
    """
    return path.absolute()


def inside(path: Path, roots: Iterable[Path], where: object = "") -> Path:
    """Return a path that is in one of these folders, links resolved.

    Raises:
        InputError: It is in none of them, or its links form a loop.

    Example:
        >>> inside(Path("a/wells.csv"), [Path("a")]).as_posix()
        'a/wells.csv'
        >>> inside(Path("a/../secret"), [Path("a")], "recipe.toml")
        Traceback (most recent call last):
        ...
        phenolens.core.errors.InputError: recipe.toml: the path 'a/../secret' leads out of ...
    """
    try:
        real = path.resolve()
        among = [root.resolve() for root in roots]
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        raise InputError(f"the path '{path}' cannot be followed: {error}", where=where) from error
    if not any(real.is_relative_to(root) for root in among):
        raise InputError(
            f"the path '{path}' leads out of the folder of the data and of the file that names it "
            f"(to {real})",
            where=where,
            fix=f"put the file there, or allow it with {FLAG} (in Python: outside=True) if you "
            "trust what names it",
        )
    return path
