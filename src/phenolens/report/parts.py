"""The page of a large run: a folder with its parts, which are small scripts; see `report/parts.js`.

A page that was opened from disk may not fetch other files, but a script element may name one.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.files import written
from phenolens.core.run_folder import RunFolder
from phenolens.drawing.template import embed
from phenolens.results.parts import Part

PAGE, PARTS = "index.html", "parts"
_OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")  # which looking at a folder may leave
_MARK, _HEAD = b'<meta name="generator" content="phenolens', 4096  # among the first bytes of a page
_NAME = re.compile(r"[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*")


def write_parts(folder: RunFolder, html: str, parts: Mapping[str, Part]) -> Path:
    """Write the page and its parts as the folder `report/`; return the path of the page.

    Args:
        folder: Of the run.
        html: The page.
        parts: By name.

    Raises:
        InputError: The folder holds files that are not of a page.
        ValueError: The name of a part has other characters than letters, numbers, `_` and `-`.
    """
    place = folder.report_parts
    _refuse_others(place)
    with written(place) as partial:
        (partial / PARTS).mkdir(parents=True)
        (partial / PAGE).write_text(html, encoding="utf-8")
        for name, part in parts.items():
            text = part_text(name, part)
            (partial / PARTS / f"{name}.js").write_text(text, encoding="utf-8")
    return place / PAGE


def part_text(name: str, part: Part) -> str:
    """Return the script that hands a part to the page; no text in it can be code or markup."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a part: letters, numbers, _ and -")
    return f'phenolens.part("{name}", {embed(part.value())});\n'


def clear_parts(folder: RunFolder) -> None:
    """Delete the folder of a page that is one file now.

    Raises:
        InputError: It holds files that are not of a page.
    """
    place = folder.report_parts
    if place.is_dir() and not place.is_symlink():
        _refuse_others(place)
        shutil.rmtree(place)


def _is_ours(path: Path, inner: str) -> bool:
    """Return whether a file or folder is of a page: by its name, and a page by what is in it."""
    if inner == PARTS:
        return path.is_dir()
    if inner != PAGE:
        return re.fullmatch(rf"{PARTS}/[\w-]+\.js", inner) is not None
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD)


def _refuse_others(place: Path) -> None:
    """Raise where a folder, which will be replaced or deleted, holds what no page has."""
    for path in place.rglob("*") if place.is_dir() else ():
        inner = path.relative_to(place).as_posix()
        if path.name in _OF_THE_SYSTEM:
            continue
        if not _is_ours(path, inner):
            raise InputError(
                "is not of the page of this run, and its folder is about to be written again",
                where=path,
                fix="move it to another place",
            )
