"""What may be written over: never a folder of somebody's files, never a file that is read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import refuse_device
from phenolens.core.run_folder import RunFolder

# What a Zarr store of AnnData contains at its top, in versions 2 and 3 of Zarr.
_MARKS = {".zgroup", "zarr.json"}
_ZARR = _MARKS | {".zattrs", ".zmetadata", ".zarray"}
# A document of it, or a chunk, in any folder below.
_PART = re.compile(r"\.z(?:array|attrs|group|metadata)|zarr\.json|c|(?:c[./])?\d+(?:\.\d+)*")
_ZARR |= {"X", "obs", "var", "uns", "layers", "obsm", "obsp", "varm", "varp", "raw"}


def check_target(path: Path, inputs: Iterable[Path] = ()) -> Path:
    """Return the path of a file to write, once it is safe to replace what is there.

    Args:
        path: Of the file; by its ending `.zarr` a folder.
        inputs: What is read: it is never written over.

    Raises:
        InputError: A folder is there (for `.zarr`: one that is not a Zarr store, or holds other
            files), or a device, pipe or socket; no name is given, it is one of the inputs or
            a file of a run, or its folder cannot be written to.
    """
    if not path.name:
        raise InputError("is not the name of a file", where=path, fix="name a file to write")
    refuse_detour(path)
    refuse_device(path)
    refuse_unwritable(path)
    _refuse_of_a_run(path)
    for given in inputs:
        if _is_same(path, given):
            raise InputError(
                "is read by this command, and would be overwritten",
                where=path,
                fix="choose another name to write to",
            )
    if path.suffix.lower() == ".zarr":
        _check_store(path)
    elif path.is_dir():
        raise InputError("is a folder", where=path, fix="name a file to write")
    return path


def refuse_detour(path: Path) -> Path:
    """Return a path to write to, if what is checked is what will be written.

    `new/../wells.csv` is nothing while `new` is missing, and `wells.csv` once it is made.

    Raises:
        InputError: It goes through something that is not a folder and back.

    Example:
        >>> refuse_detour(Path("new/../wells.csv"))
        Traceback (most recent call last):
        ...
        phenolens.core.errors.InputError: new/../wells.csv: goes through 'new', which is not a ...
    """
    for place, part in enumerate(path.parts):
        before = Path(*path.parts[:place])
        if part == ".." and place and not before.is_dir():
            raise InputError(
                f"goes through '{before}', which is not a folder",
                where=path,
                fix="name the place without '..'",
            )
    return path


def refuse_unwritable(path: Path) -> None:
    """Raise where a file or folder cannot be made, before what it will hold is computed.

    Raises:
        InputError: The folder that it would be in cannot be written to.
    """
    folder = next((one for one in path.absolute().parents if one.is_dir()), None)
    if folder is not None and not os.access(folder, os.W_OK):
        raise InputError(
            "cannot be written to",
            where=folder,
            fix="change the rights of the folder, or name another place",
        )


def check_ending(path: Path, ending: str, what: str) -> Path:
    """Return where a file is written, if its name ends as its content says.

    Args:
        path: Of the file.
        ending: The only one, as `.toml`.
        what: What is written, for the message.

    Raises:
        InputError: It ends otherwise: another program would take it for another kind of file.
    """
    if path.suffix.lower() not in ("", ending):
        raise InputError(
            f"{what} cannot be written as '{path.suffix}'",
            where=path,
            fix=f"name it {path.stem}{ending}",
        )
    return path


def _refuse_of_a_run(path: Path) -> None:
    """Raise where a path is that of a file which a run has written, or will write, in its folder.

    Raises:
        InputError: Names the file and the run.
    """
    place = path.resolve()
    for root in place.parents:
        run = RunFolder(root)
        own = place.relative_to(root).parts[0] in run.names
        if own and run.stages.is_file() and run.recipe.is_file():
            raise InputError(
                f"is a file of the run {root.name}, and would be overwritten",
                where=path,
                fix="choose another name to write to",
            )


def _check_store(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise InputError(
            "is a file, and a .zarr is a folder", where=path, fix="choose another name"
        )
    there = {entry.name for entry in path.iterdir()}
    other = sorted(there - _ZARR) or _foreign(path)
    if there and (other or not there & _MARKS):
        held = f"holds other files, such as {other[0]}" if other else "is not a Zarr store"
        raise InputError(f"{held}, and would be replaced", where=path, fix="choose another name")


def _foreign(store: Path) -> list[str]:
    """Return the files below a Zarr store that do not belong to one, by their names."""
    return sorted(
        os.path.relpath(Path(folder) / name, store)
        for folder, _, names in os.walk(store)
        for name in names
        if not _PART.fullmatch(name)
    )


def _is_same(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.samefile(other)
    return os.path.abspath(path) == os.path.abspath(other)  # noqa: PTH100 -- no link is followed
