"""Image files of a screen: which are absent, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Integer, Shaped

from phenolens.core.errors import InputError
from phenolens.pixels.read import FileReader, Header, fits, read_header, read_image, wrong_channels
from phenolens.screens.base import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """The image files of a screen, row by row: one a channel, or one multi-channel file a row.

    Attributes:
        root: Folder that the paths start from.
        paths: (n, k) relative paths; empty where a row has no file for a channel.
        channels: Channels of a row, over all its files; None until a header says.
        table: Name of the table that lists them; empty where there is none.
        lines: (n,) row of each image in that table.
    """

    root: Path
    paths: Shaped[np.ndarray, "n k"]
    channels: int | None
    table: str = ""
    lines: Integer[np.ndarray, " n"] | None = None

    def reader(self) -> FileReader:
        """Return what reads their pixels; the first file's header gives the size.

        Raises:
            InputError: The first file cannot be read.
        """
        header, channels = self._expected()
        return FileReader(self.root, self.paths, channels, header.size, self.table, self.lines)

    def absent(self) -> Bool[np.ndarray, "n k"]:
        """Return which paths lead to no file; each folder is listed once."""
        folders: dict[str, set[str]] = {}
        absent = np.zeros(self.paths.shape, dtype=bool)
        for place, path in np.ndenumerate(self.paths):
            parent, _, name = str(path).rpartition("/")
            if parent not in folders:
                at = self.root / parent
                folders[parent] = {p.name for p in at.iterdir()} if at.is_dir() else set()
            absent[place] = name not in folders[parent]
        return absent

    def absences(self, mend: str = "") -> Iterator[Problem]:
        """Yield one problem for every absent file."""
        for row, column in np.argwhere(self.absent()):
            where, line = self._place(row)
            path = str(self.paths[row, column])
            what = f"no such image {path}"
            parent = path.rpartition("/")[0]
            if not (self.root / parent).is_dir():
                what += f" (no folder {parent})"
            yield Problem("absent image", where, line, what, mend)

    def faults(self, *, pixels: bool) -> Iterator[Problem]:
        """Yield the problems of the files that are there: unreadable, truncated, of another shape.

        Args:
            pixels: Whether to decode every image too, not only its header.
        """
        absent = self.absent()
        expected: tuple[Header, int] | None = None
        for row in range(len(self.paths)):
            if absent[row].any():
                continue
            try:
                expected = expected or self._expected(row)
            except InputError as error:
                yield self._problem("unreadable image", row, error)
                continue
            yield from self._faults_of(row, expected, pixels=pixels)

    def _faults_of(
        self, row: int, expected: tuple[Header, int], *, pixels: bool
    ) -> Iterator[Problem]:
        """Yield the first problem of a row's files, if there is one."""
        header, channels = expected
        files = [self.root / name for name in self.paths[row]]
        kind = "unreadable image"
        try:
            found = [read_header(file) for file in files]
            kind = "wrong size"
            for file, mine in zip(files, found, strict=True):
                fits(mine, header.size, file)
            kind, count = "wrong channels", sum(mine.channels for mine in found)
            if count != channels:
                raise wrong_channels(count, channels, files[0])
            kind = "unreadable image"
            for file in files if pixels else ():
                read_image(file)
        except InputError as error:
            yield self._problem(kind, row, error)

    def _problem(self, kind: str, row: int, error: InputError) -> Problem:
        where, line = self._place(row)
        return Problem(kind, where, line, f"{error.where} {error.what}", error.mend)

    def _expected(self, row: int = 0) -> tuple[Header, int]:
        """Return the header that all files must share, and the channels of a row."""
        header = read_header(self.root / self.paths[row, 0])
        each = 1 if self.paths.shape[1] > 1 else header.channels
        return header, self.channels or each * self.paths.shape[1]

    def _place(self, row: int) -> tuple[str, int | None]:
        if self.lines is None:
            return self.table or str(self.root), None
        return self.table, int(self.lines[row])
