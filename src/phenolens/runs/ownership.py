"""Which folders a run may write into: its own, and new ones; nobody's files are overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import PARTIAL
from phenolens.core.run_folder import RunFolder
from phenolens.runs.processes import MARK
from phenolens.runs.record import read_record

_PASSED_OVER = (PARTIAL, MARK, ".DS_Store")  # beginnings of names that say nothing about a folder


def refuse_foreign(folder: RunFolder) -> None:
    """Refuse a folder that holds files and is not a run of ours.

    A run of ours has its `stages.json`. Where that is damaged, the folder is ours as long as it has
    a recipe, and all names in it are those of a run.

    Raises:
        InputError: Names the folder and what it holds.
    """
    root = folder.root
    if root.exists() and not root.is_dir():
        raise InputError("is a file", where=root, fix="choose another --out: a folder")
    names = [path.name for path in root.iterdir()] if root.exists() else []
    found = sorted(name for name in names if not name.startswith(_PASSED_OVER))
    if not found or read_record(folder).early:
        return
    foreign = sorted(set(found) - folder.names)
    if folder.stages.is_file() and folder.recipe.is_file() and not foreign:
        return
    shown = ", ".join((foreign or found)[:3]) + (", ..." if len(foreign or found) > 3 else "")
    raise InputError(
        f"holds files, and is not a run of phenolens: {shown}",
        where=root,
        fix="choose another --out: a new or an empty folder",
    )


def refuse_inside(folder: RunFolder, cache: Path) -> None:
    """Refuse a folder that is a cache of stages, or in one: they are cleared.

    Raises:
        InputError: Names the folder and the cache.
    """
    if folder.root.resolve().is_relative_to(cache.resolve()):
        raise InputError(
            f"is in the cache {cache}, whose stages are deleted when they are not used",
            where=folder.root,
            fix="choose another --out",
        )


def refuse_inputs(folder: RunFolder, inputs: Iterable[Path]) -> None:
    """Refuse a folder that holds, or is, something that the run reads.

    Raises:
        InputError: Names the folder and the input.
    """
    root = folder.root.resolve()
    for path in inputs:
        if path.resolve().is_relative_to(root):
            raise InputError(
                f"holds an input of this run, which could be overwritten: {path}",
                where=folder.root,
                fix="choose another --out",
            )
