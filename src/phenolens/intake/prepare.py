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
from phenolens.images.problem import Problem
from phenolens.images.reader import of_the_file
from phenolens.intake.recognise import Recognition, recognise
from phenolens.screens.base import FileLayout
from phenolens.store.note import NOTE
from phenolens.store.pixel_store import prepare


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What is to be prepared; no pixel was read.

    Attributes:
        recognition: The layout, and why.
        screen: As its layout reads it; images that cannot be read are left out.
        problems: What the layout finds wrong, headers included.
    """

    recognition: Recognition
    screen: Screen
    problems: tuple[Problem, ...]


def plan(
    root: Path, name: str = "", settings: Mapping[str, Any] | None = None, platemap: str = ""
) -> Planned:
    """Return what a folder holds, by its tables, names and headers.

    Args:
        root: The folder.
        name: Of its layout; empty: it is recognised.
        settings: Of the layout, by name.
        platemap: Table of metadata, joined by plate and well; empty: that of the settings.

    Raises:
        InputError: No layout fits, or the screen cannot be read as it is.
    """
    found = recognise(root, name, settings)
    layout = _with_platemap(found, platemap) if platemap else found.layout
    fields = type(layout).__dataclass_fields__  # type: ignore[attr-defined]
    if "unreadable" in fields:
        layout = replace(layout, unreadable="leave_out")  # type: ignore[type-var]
    screen = layout(root)
    if screen.left_out is not None:
        screen = replace(screen, read=partial(_read, screen.read))
    return Planned(found, screen, tuple(layout.problems(root)))


def write(
    planned: Planned, out: Path, threads: int, progress: Progress = uncounted
) -> tuple[Screen, Sequence[str]]:
    """Write the pixels, or finish what was begun; return the store and what was left out, and why.

    Raises:
        InputError: The folder holds something else, the disk is too small, more than half of the
            images cannot be read, or one cannot and its layout does not leave such images out.
    """
    refuse_other(out)
    store = prepare(planned.screen, out, threads, progress)
    return store, store.left_out or ()


def refuse_other(out: Path) -> None:
    """Raise where something is that is not a pixel store, before anything is computed or written.

    Raises:
        InputError: It is a file, or a folder with other files.
    """
    fix = "name a new folder with --out"
    if out.exists() and not out.is_dir():
        raise InputError("is a file, and a pixel store is a folder", where=out, fix=fix)
    others = [] if (out / NOTE).exists() or not out.is_dir() else sorted(out.iterdir())
    if others:
        raise InputError(f"holds {others[0].name}, and is not a pixel store", where=out, fix=fix)


def _with_platemap(found: Recognition, platemap: str) -> FileLayout:
    layout = found.layout
    if "allow_unmatched" not in type(layout).__dataclass_fields__:  # type: ignore[attr-defined]
        raise InputError(
            f"the layout {found.name} has tables of its own",
            where="--platemap",
            fix="leave it out, or add the columns to these tables",
        )
    path = Path(platemap)
    if not path.is_file():
        raise InputError("no such file", where=path)
    return replace(layout, table=str(path.resolve()))  # type: ignore[type-var]


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
