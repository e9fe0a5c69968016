"""The files that a setting names: names and globs below a folder, each file once."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path

from phenolens.core.errors import InputError

_HIDDEN = (".", "~$")  # `~$P1.csv` is Excel's lock of an open file


def named_files(
    names: str | Sequence[str], root: Path, allowed: Callable[[str, Path], Path]
) -> list[Path]:
    """Return the files without repeats; those of a glob are sorted by name.

    Args:
        names: A name or glob, or several.
        root: Folder that they start from.
        allowed: Returns a path that a name leads to, or raises where it may not be read.

    Raises:
        InputError: A glob matches no file, or a file may not be read.
    """
    files: dict[Path, Path] = {}
    for name in (names,) if isinstance(names, str) else names:
        path = allowed(name, root / name)
        if path.exists() or not glob.has_magic(name):
            files.setdefault(path.resolve(), path)
            continue
        matched = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 -- absolute too
        if not matched:
            raise InputError("no file matches", where=path)
        for one in matched:
            found = allowed(name, Path(one))
            if not found.name.startswith(_HIDDEN):
                files.setdefault(found.resolve(), found)
    return list(files.values())
