"""Image files of a screen: which are missing, and what is wrong with the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Integer, Shaped

from phenolens.core.errors import InputError
from phenolens.images.problem import Problem
from phenolens.images.read import FileReader, Header, fits, read_header, read_image


@dataclass(frozen=True, slots=True, eq=False)
class ImageFiles:
    """The image files of a screen, row by row: one per channel, or one multi-channel file per row.

    Attributes:
        root: Folder that the paths start from.
        paths: (n, k) relative paths; empty where a row has no file for a channel.
        channels: Channels of a row, over all its files; None until a header gives it.
        table: Name of the table that lists them; empty if there is none.
        lines: (n,) row of each image in that table.
    """

    root: Path
    paths: Shaped[np.ndarray, "n k"]
    channels: int | None
    table: str = ""
    lines: Integer[np.ndarray, " n"] | None = None

    def __post_init__(self) -> None:
        for row, _ in np.argwhere(np.vectorize(_leaves, otypes=[bool])(self.paths)):
            what = "an image's path leads out of the folder"
            place = f"{self.table} row {self.lines[row]}" if self.lines is not None else self.root
            raise InputError(what, where=place, fix="name a folder that contains all images")

    def reader(self) -> FileReader:
        """Return what reads their pixels; the first file's header gives the size.

        Raises:
            InputError: The first file cannot be read, or has another number of channels.
        """
        try:
            wanted = self._wanted(0)
            fits(read_header(self.root / self.paths[0, 0]), wanted, self.root / self.paths[0, 0])
        except InputError as error:
            problem = self._problem("unreadable image", 0, error)
            raise InputError(problem.what, where=problem.place, fix=problem.fix) from error
        channels = wanted.channels * self.paths.shape[1]
        return FileReader(self.root, self.paths, channels, wanted.size, self.table, self.lines)

    def absent(self) -> Bool[np.ndarray, "n k"]:
        """Return which paths have no file; each folder is listed once."""
        folders: dict[str, set[str]] = {}
        absent = np.zeros(self.paths.shape, dtype=bool)
        for place, path in np.ndenumerate(self.paths):
            parent, _, name = str(path).rpartition("/")
            if parent not in folders:
                at = self.root / parent
                folders[parent] = {p.name for p in at.iterdir()} if at.is_dir() else set()
            absent[place] = name not in folders[parent]
        return absent

    def absences(self, fix: str = "") -> Iterator[Problem]:
        """Yield one problem for every missing file."""
        for row, column in np.argwhere(self.absent()):
            path = str(self.paths[row, column])
            what = f"no such image {path}"
            parent = path.rpartition("/")[0]
            if not (self.root / parent).is_dir():
                what += f" (no folder {parent})"
            line = None if self.lines is None else int(self.lines[row])
            yield Problem("missing image", self.table, line, what, fix)

    def faults(self, *, pixels: bool) -> Iterator[Problem]:
        """Yield the problems of the files that exist: unreadable, truncated, of another shape.

        Args:
            pixels: Whether to decode every image too, not only its header.
        """
        absent = self.absent()
        wanted: Header | None = None
        for row in range(len(self.paths)):
            if absent[row].any():
                continue
            try:
                wanted = wanted or self._wanted(row)
            except InputError as error:
                yield self._problem("unreadable image", row, error)
                continue
            yield from self._faults_of(row, wanted, pixels=pixels)

    def _faults_of(self, row: int, wanted: Header, *, pixels: bool) -> Iterator[Problem]:
        """Yield the first problem of each of a row's files that has one."""
        for name in self.paths[row]:
            file, kind = self.root / name, "unreadable image"
            try:
                header = read_header(file)
                kind = "wrong size" if header.size != wanted.size else "wrong channels"
                fits(header, wanted, file)
                kind = "unreadable image"
                if pixels:
                    read_image(file)
            except InputError as error:
                yield self._problem(kind, row, error)

    def _problem(self, kind: str, row: int, error: InputError) -> Problem:
        if self.lines is None:
            return Problem.of(kind, error)
        line = int(self.lines[row])
        return Problem(kind, self.table, line, f"{error.where} {error.what}", error.fix)

    def _wanted(self, row: int) -> Header:
        """Return the header that every file must share, from the first file of a row."""
        header = read_header(self.root / self.paths[row, 0])
        each = header.channels if self.channels is None else self.channels // self.paths.shape[1]
        return replace(header, channels=each)


def _leaves(path: str) -> bool:
    """Return whether a relative path leads out of the folder that it starts from."""
    parts = re.split(r"[/\\]", path)
    return ".." in parts or (len(path) > 0 and not parts[0]) or parts[0].endswith(":")
