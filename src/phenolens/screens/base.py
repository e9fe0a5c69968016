"""What a layout is, how it is recognised, and how its problems become one error."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt16

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.core.step_record import name_in_recipes
from phenolens.images.contents import Contents
from phenolens.images.faults import faults
from phenolens.images.fields import FRAME, Fields, Gathering
from phenolens.images.listing import Listing
from phenolens.images.platemap import lay_table_over
from phenolens.images.problem import Problem
from phenolens.images.table import folder

if TYPE_CHECKING:
    import pandas as pd

LOG = logging.getLogger("phenolens")
_SHOWN = 6  # notes of one kind
_COPY = 'copy it, or leave such fields out with unreadable = "leave_out"'


@runtime_checkable
class Layout(Protocol):
    """A folder layout: its settings hold what differs between users; it is called with a folder."""

    def __call__(self, root: Path) -> Screen:
        """Return the screen in a folder. Reads tables and one header, no pixels.

        Raises:
            InputError: The screen cannot be read as it is; names file and row.
        """
        ...


@runtime_checkable
class FileLayout(Layout, Protocol):
    """A layout that reads files: it can list what is wrong with them, and write an example."""

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of a screen: tables, files, headers and, if asked, all pixels."""
        ...

    @classmethod
    def fake(cls, root: Path) -> FileLayout:
        """Write a tiny valid example into a folder and return the layout that reads it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """That a folder has a layout, as far as its names show.

    Attributes:
        certainty: From 0 to 1: near 1 where a file is there that only this layout has, about 0.5
            where names have its form.
        why: What was seen, as one sentence without a full stop.
        layout: The layout with the settings that read the folder.
    """

    certainty: float
    why: str
    layout: FileLayout


@runtime_checkable
class RecognisedLayout(FileLayout, Protocol):
    """A layout that can say whether a folder has it."""

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return how certain it is that the folder has this layout; None: it has not.

        It looks at names, and opens small index files at most.
        """
        ...


def refuse(problems: Iterable[Problem], rows: int, layout: Layout) -> None:
    """Raise the first serious problem, with how many there are of its kind; log the notes.

    Args:
        problems: All problems of a table.
        rows: Rows of the table, to say how many of them have the problem.
        layout: The layout that found them: its name is part of the fix.

    Raises:
        InputError: There is a serious problem.
    """
    problems = list(problems)
    first = next((p for p in problems if p.serious), None)
    if first is None:
        counts = Counter(note.kind for note in problems)
        shown: Counter[str] = Counter()
        for note in problems:
            shown[note.kind] += 1
            if shown[note.kind] <= _SHOWN:
                LOG.info("%s: %s", note.place, note.what)
        for kind, count in counts.items():
            if count > _SHOWN:
                LOG.info("... and %d more notes (%s)", count - _SHOWN, kind)
        return
    alike = len({p.row for p in problems if p.serious and p.kind == first.kind})
    what, fix = first.what, [first.fix] if first.fix else []
    if alike > 1:
        what += f"; {alike} of {rows} rows have this problem ({first.kind})"
        fix.append(f"run 'phenolens check {name_in_recipes(layout)} ROOT' to list them")
    raise InputError(what, where=first.place, fix="; ".join(fix))


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed(ABC):
    """The common part of layouts whose files an index lists; its attributes are their settings.

    Attributes:
        channels: Channels to read, in this order; empty: all, in the order of the instrument.
        names: Name of a channel in the index -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    channels: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    table: str | tuple[str, ...] = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False
    unreadable: Literal["stop", "leave_out"] = "stop"

    @abstractmethod
    def listing(self, contents: Contents) -> Listing:
        """Return the image files as the indexes in a folder list them.

        Raises:
            InputError: There is no index, or it cannot be read.
        """

    def __call__(self, root: Path) -> Screen:
        """Return the screen.

        Raises:
            InputError: An index or a table cannot be read, or an image is missing: names it.
        """
        listing, fields = self._fields(folder(root))
        refuse(fields.problems, len(fields.meta), self)
        if not fields.files.leave_out:
            refuse(fields.files.absences(_COPY), len(fields.meta), self)
        screen = fields.files.screen(fields.meta, fields.channels, fields.gone)
        return replace(screen, pixel_size=listing.pixel_size)

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen: index, table, files and, if asked, all pixels."""
        try:
            _, fields = self._fields(folder(root))
        except InputError as error:
            yield Problem.of("index", error)
            return
        yield from fields.problems
        yield from fields.files.absences(_COPY)
        yield from faults(fields.files, fields.meta, fields.channels, pixels=pixels)

    def _fields(self, root: Path) -> tuple[Listing, Fields]:
        contents = Contents.of(root)
        listing = self.listing(contents)
        first = [name for name in ("plate", "well", "site") if name in listing.files]
        files, order = listing.files.set_index(first).reset_index(), listing.order
        if "channel" in files:
            renamed = files["channel"].map(lambda name: self.names.get(name, name))
            files = files.assign(channel=renamed)
            there = set(renamed)
            order = tuple(dict.fromkeys(n for o in order if (n := self.names.get(o, o)) in there))
        gathering = Gathering(
            channels=self.channels or order,
            table=self.table,
            columns=self.columns,
            allow_unmatched=self.allow_unmatched,
            leave_out=self.unreadable == "leave_out",
        )
        problems = [*listing.problems, *listing.notes(contents), *_shared_files(files, root)]
        fields = gathering.gather(files, root, problems, listing.index)
        if listing.metadata is None or self.table:
            return listing, fields
        meta, more = lay_table_over(
            fields.meta,
            listing.metadata,
            root / listing.metadata_file,
            allow_unmatched=self.allow_unmatched,
        )
        return listing, replace(fields, meta=meta, problems=[*fields.problems, *more])


class ReadAtOnce(ABC):
    """The common part of layouts that read table and images together, without an index of files."""

    __slots__ = ()

    @abstractmethod
    def _read(self, root: Path) -> tuple[Screen, list[Problem]]:
        """Return the screen in a folder, and what is wrong with it, notes included.

        Raises:
            InputError: It cannot be read at all.
        """

    def __call__(self, root: Path) -> Screen:
        """Return the screen.

        Raises:
            InputError: The folder, its metadata or its table cannot be read, or do not fit.
        """
        screen, problems = self._read(folder(root))
        refuse(problems, len(screen), self)
        return screen

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen; with `pixels` those of its images too."""
        try:
            screen, problems = self._read(folder(root))
        except InputError as error:
            yield Problem.of("folder", error)
            return
        yield from problems
        for row in range(len(screen)) if pixels else ():
            try:
                (image,) = screen.read(np.array([row]))
            except InputError as error:
                yield Problem.of("unreadable image", error)
                continue
            yield from self._of_image(image, row, screen, root)

    def _of_image(
        self,
        image: UInt16[np.ndarray, "c h w"],  # noqa: ARG002
        row: int,  # noqa: ARG002
        screen: Screen,  # noqa: ARG002
        root: Path,  # noqa: ARG002
    ) -> Iterable[Problem]:
        """Return what is wrong with the pixels of one image."""
        return ()


def _shared_files(files: pd.DataFrame, root: Path) -> Iterator[Problem]:
    """Yield a problem for every file that is the image of two fields: of one it is not."""
    if FRAME in files:  # of which each is one of its times
        return
    by = [name for name in files if name not in ("channel", "path")]
    each = files.drop_duplicates([*by, "path"])
    for path, part in each[each.duplicated("path", keep=False)].groupby("path", observed=True):
        named = [" ".join(str(value) for value in row) for row in part[by].to_numpy()[:2]]
        what = f"is listed as the image of {len(part)} fields, as {' and '.join(named)}"
        fix = "keep the folders of the plates, so that each row finds its own file"
        yield Problem("shared file", str(root / str(path)), None, what, fix)
