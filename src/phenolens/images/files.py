"""Image files of a screen: which are missing, and what is wrong with the others."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer, Shaped

from phenolens.core.errors import InputError
from phenolens.core.inside import permitted_below
from phenolens.core.screen import Screen, left_out_facts, left_out_text
from phenolens.images.problem import Problem
from phenolens.images.read import Header, read_header
from phenolens.images.reader import FileReader, fits, of_the_file, way_out

LOG = logging.getLogger("phenolens")
LEFT_OUT = ("missing image", "unreadable image", "well")  # kinds of problems; others stop it
_LOOKED_AT = 9  # images whose headers say what is usual


@dataclass(frozen=True, slots=True, eq=False)
class ImageFiles:
    """The image files of a screen, row by row: one per channel, or one multi-channel file per row.

    Attributes:
        root: Folder that the paths start from.
        paths: (n, k) relative paths; empty where a row has no file for a channel.
        channels: Channels of a row, over all its files; None until a header gives it.
        table: Name of the table that lists them; empty if there is none.
        lines: (n,) row of each image in that table.
        leave_out: Whether images whose files are missing or damaged are left out.
        frames: (n,) which time of its files each row is; None: a file has one.
    """

    root: Path
    paths: Shaped[np.ndarray, "n k"]
    channels: int | None
    table: str = ""
    lines: Integer[np.ndarray, " n"] | None = None
    leave_out: bool = False
    frames: Integer[np.ndarray, " n"] | None = None

    def __post_init__(self) -> None:
        for row, _ in np.argwhere(np.vectorize(_leaves, otypes=[bool])(self.paths)):
            what = "an image's path leads out of the folder"
            place = f"{self.table} row {self.lines[row]}" if self.lines is not None else self.root
            raise InputError(what, where=place, fix="name a folder that contains all images")
        permitted_below(self.root, filter(None, map(str, self.paths.flat)))

    def reader(self) -> FileReader:
        """Return what reads their pixels; the first file's header gives the size.

        Where images may be left out it is the first that is as most of a few, spread over all.

        Raises:
            InputError: The first file cannot be read, or has another number of channels.
        """
        rows = self._usual_first() if self.leave_out else range(len(self.paths))
        for place, row in enumerate(rows, start=1):
            try:
                wanted = self._checked(row)
            except InputError as error:
                if self.leave_out and place < len(rows):
                    continue
                problem = self.problem("unreadable image", row, error)
                raise InputError(problem.what, where=problem.place, fix=problem.fix) from error
            break
        channels = wanted.channels * self.paths.shape[1]
        return FileReader(
            self.root,
            self.paths,
            channels,
            wanted.size,
            table=self.table,
            lines=self.lines,
            frames=self.frames,
        )

    def frame(self, row: int) -> int | None:
        """Return which time of its files a row is; None where they have one."""
        return None if self.frames is None else int(self.frames[row])

    def screen(
        self, meta: pd.DataFrame, channels: Sequence[str], gone: Sequence[str] = ()
    ) -> Screen:
        """Return the screen of these files, without those that are absent and may be left out.

        Args:
            meta: One row per row of `paths`.
            channels: Their names; empty: c0, c1, ...
            gone: Further images that are left out, which have no row.

        Raises:
            InputError: The first file cannot be read, or more than half of the images are absent.
        """
        whole, why = np.ones(len(self.paths), dtype=bool), list(gone)
        if self.leave_out:
            for row, column in np.argwhere(self.absent()):
                if whole[row]:
                    whole[row] = False
                    why.append(f"{self._place(int(row))}no such image {self.paths[row, column]}")
        if why and not whole.any():
            raise InputError(
                f"no image has all its files; the first: {why[0]}",
                where=self.root,
                fix="check that the folder is whole, or read other channels",
            )
        present = replace(
            self,
            paths=self.paths[whole],
            lines=self.lines if self.lines is None else self.lines[whole],
            frames=self.frames if self.frames is None else self.frames[whole],
        )
        reader = present.reader()
        names = tuple(channels) or tuple(f"c{i}" for i in range(reader.channels))
        screen = Screen(
            meta=meta[whole],
            channels=names,
            read=reader,
            size=reader.size,
            identify=reader.identify,
            left_out=() if self.leave_out else None,
        )
        if not why:
            return screen
        screen = screen.leave_out(np.zeros(len(screen), dtype=bool), why)
        LOG.warning(left_out_text(left_out_facts(why)))
        return screen

    def absent(self) -> Bool[np.ndarray, "n k"]:
        """Return which paths have no file; each folder is listed once."""
        folders: dict[str, set[str]] = {}
        absent = np.zeros(self.paths.shape, dtype=bool)
        for place, path in np.ndenumerate(self.paths):
            parent, _, name = str(path).rpartition("/")
            if parent not in folders:
                at = self.root / parent
                folders[parent] = _names(at)
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
            yield self.may_be_left_out(Problem("missing image", self.table, line, what, fix))

    def problem(self, kind: str, row: int, error: InputError) -> Problem:
        """Return the problem of a file of a row, with the table's row if there is a table."""
        if self.lines is None:
            return self.may_be_left_out(Problem.of(kind, error))
        line = int(self.lines[row])
        return self.may_be_left_out(
            Problem(kind, self.table, line, f"{error.where} {error.what}", error.fix)
        )

    def may_be_left_out(self, problem: Problem) -> Problem:
        """Return a problem as a note where it concerns an image that is left out."""
        if not (self.leave_out and problem.kind in LEFT_OUT):
            return problem
        return replace(problem, what=f"{problem.what}: left out", fix="", serious=False)

    def _place(self, row: int) -> str:
        return "" if self.lines is None else f"{self.table} row {int(self.lines[row])}: "

    def _checked(self, row: int) -> Header:
        """Return the header that every file must share, from the first file of a row.

        Raises:
            InputError: It cannot be read, or has another number of channels.
        """
        first = self.root / self.paths[row, 0]
        try:
            header = read_header(first, self.frame(row))
        except InputError as error:
            fix = way_out(error) if of_the_file(error) else error.fix
            raise InputError(error.what, where=error.where, fix=fix) from error
        each = header.channels if self.channels is None else self.channels // self.paths.shape[1]
        wanted = replace(header, channels=each)
        fits(header, wanted, first)
        return wanted

    def _usual_first(self) -> list[int]:
        """Return all rows; those first whose header is the one of most that were looked at."""
        n = len(self.paths)
        found: dict[int, Header] = {}
        for row in np.unique(np.linspace(0, n - 1, min(n, _LOOKED_AT)).astype(int)).tolist():
            try:
                found[row] = replace(self._checked(row), dtype="")
            except InputError:
                continue  # named by what reads it
        usual = Counter(found.values()).most_common(1)
        likely = [row for row, header in found.items() if usual and header == usual[0][0]]
        return [*likely, *sorted(set(range(n)) - set(likely))]


def _leaves(path: str) -> bool:
    """Return whether a relative path leads out of the folder that it starts from."""
    parts = re.split(r"[/\\]", path)
    return ".." in parts or (len(path) > 0 and not parts[0]) or parts[0].endswith(":")


def _names(folder: Path) -> set[str]:
    """Return the names in a folder; none where there is no such folder."""
    try:
        return set(os.listdir(folder))  # noqa: PTH208 -- names are enough, and 39,600 of them
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror}", where=folder) from error
