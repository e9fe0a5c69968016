"""The names of all files in a folder, listed once, so that every layout can look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from phenolens.images.read import SUFFIXES
from phenolens.images.walk import walk

_ZARR = (".zattrs", ".zgroup", "zarr.json")  # any of them makes a folder a Zarr group or array


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a folder: names only, no file is opened.

    Attributes:
        root: The folder.
        files: Paths below it, written with `/`, sorted. Hidden files and those in Zarr groups,
            which may be millions of chunks, are not in it.
        zarrs: The outermost Zarr groups below it; `.` if the folder is one itself.
    """

    root: Path
    files: tuple[str, ...]
    zarrs: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: Path) -> Contents:
        """Return what is in a folder.

        Raises:
            InputError: A folder cannot be opened.
        """
        if is_zarr(root):
            return cls(root, (), (".",))
        zarrs: list[str] = []

        def entered(path: Path) -> bool:
            if is_zarr(path):
                zarrs.append(path.relative_to(root).as_posix())
                return False
            return True

        files, _ = walk(root, lambda _: True, entered)
        names = (path.relative_to(root).as_posix() for path in files)
        return cls(root, tuple(sorted(names)), tuple(sorted(zarrs)))

    @property
    def images(self) -> tuple[str, ...]:
        """The files that may be images, by their endings."""
        return tuple(name for name in self.files if name.lower().endswith(SUFFIXES))

    def called(self, *names: str) -> list[str]:
        """Return the paths of files of these names, whatever their capitals."""
        wanted = {name.lower() for name in names}
        return [path for path in self.files if PurePosixPath(path).name.lower() in wanted]

    def ending(self, *endings: str) -> list[str]:
        """Return the paths of files with these endings, whatever their capitals."""
        wanted = tuple(ending.lower() for ending in endings)
        return [path for path in self.files if path.lower().endswith(wanted)]


def is_zarr(folder: Path) -> bool:
    """Return whether a folder is a Zarr group or array."""
    return any((folder / name).is_file() for name in _ZARR)


def outermost(paths: Sequence[str]) -> list[str]:
    """Return the files of which no other is in a folder above.

    Exports have an index for the plate, and often a copy of it for each time point.

    Example:
        >>> outermost(["P1/a.HTD", "P1/TimePoint_1/a.HTD", "P2/a.HTD"])
        ['P1/a.HTD', 'P2/a.HTD']
    """
    folders = {PurePosixPath(path).parent for path in paths}
    return [p for p in paths if not set(PurePosixPath(p).parent.parents) & folders]
