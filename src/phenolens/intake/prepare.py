"""A folder as a pixel store: a damaged file costs its field alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Images, Read, Rows, Screen, UnreadableImage
from phenolens.images.contents import Contents
from phenolens.images.problem import Problem
from phenolens.images.reader import of_the_file
from phenolens.images.table import TABLES
from phenolens.intake.controls import with_controls
from phenolens.intake.output import Output
from phenolens.intake.recognise import Recognition, recognise
from phenolens.screens.base import FileLayout
from phenolens.store.reading import Workers


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What is to be prepared; no pixel was read.

    Attributes:
        recognition: The layout, and why.
        screen: As its layout reads it; images that cannot be read are left out.
        problems: What the layout finds wrong, headers included.
        controls: How many wells were marked as negative controls, as a sentence; empty: the table
            says which they are.
    """

    recognition: Recognition
    screen: Screen
    problems: tuple[Problem, ...]
    controls: str = ""

    def words(self) -> list[str]:
        """Return what was taken and why, a sentence each."""
        return [*self.recognition.words(), *([self.controls] if self.controls else [])]


def plan(
    root: Path,
    name: str = "",
    settings: Mapping[str, Any] | None = None,
    platemap: str | Sequence[str] = (),
    controls: str = "",
) -> Planned:
    """Return what a folder holds, by its tables, names and headers.

    Args:
        root: The folder.
        name: Of its layout; empty: it is recognised.
        settings: Of the layout, by name.
        platemap: Tables of metadata, joined by plate and well, or folders of them; empty: that of
            the settings.
        controls: A condition that negative controls fulfil; empty: the table says which they are.

    Raises:
        InputError: No layout fits, the screen cannot be read as it is, or no well or every well is
            a control.
    """
    found = recognise(root, name, settings)
    given = (platemap,) if isinstance(platemap, str) and platemap else tuple(platemap)
    layout = _with_platemaps(found, given) if given else found.layout
    fields = type(layout).__dataclass_fields__  # type: ignore[attr-defined]
    if "unreadable" in fields:
        layout = replace(layout, unreadable="leave_out")  # type: ignore[type-var]
    screen = layout(root)
    if screen.left_out is not None:
        screen = replace(screen, read=partial(_read, screen.read))
    marked = ""
    if controls:
        screen, marked = with_controls(screen, controls)
    return Planned(found, screen, tuple(layout.problems(root)), marked)


def write(
    planned: Planned,
    out: Path | Output,
    threads: int,
    progress: Progress = uncounted,
    dask: str = "",
) -> tuple[Screen, Sequence[str]]:
    """Write the pixels, or finish what was begun; return the store and what was left out, and why.

    Args:
        planned: What is prepared.
        out: Where to, and in which format; a path alone is that of a pixel store.
        threads: Chunks of images that are read in parallel.
        progress: Called with (images done, images in all).
        dask: Address of a Dask scheduler whose workers read instead of threads.

    Raises:
        InputError: As `Output.write`.
    """
    output = out if isinstance(out, Output) else Output(out)
    return output.write(planned.screen, Workers(threads=threads, dask=dask), progress)


def _with_platemaps(found: Recognition, given: Sequence[str]) -> FileLayout:
    layout = found.layout
    if "allow_unmatched" not in type(layout).__dataclass_fields__:  # type: ignore[attr-defined]
        raise InputError(
            f"the layout {found.name} has tables of its own",
            where="--platemap",
            fix="leave it out, or add the columns to these tables",
        )
    paths = [str(path) for one in given for path in _tables(Path(one))]
    table = paths[0] if len(paths) == 1 else tuple(paths)
    return replace(layout, table=table)  # type: ignore[type-var]


def _tables(path: Path) -> list[Path]:
    """Return a table, or all tables of a folder and those below it."""
    if path.is_file():
        return [path.resolve()]
    if not path.is_dir():
        raise InputError("no such file", where=path)
    root = path.resolve()
    found = [name for name in Contents.of(root).ending(*TABLES) if "~$" not in name]
    if not found:
        what = f"no table in the folder (a file that ends with {', '.join(TABLES)})"
        raise InputError(what, where=path, fix="name the files with --platemap")
    return [root / name for name in found]


def _read(read: Read, rows: Rows) -> Images:
    """Read images; one of another size or kind than the others counts as one that is damaged."""
    try:
        return read(rows)
    except UnreadableImage:
        raise
    except InputError as error:
        if not of_the_file(error):
            raise
        raise UnreadableImage(error.what, where=error.where, fix=error.fix) from error
