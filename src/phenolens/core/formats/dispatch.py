"""Which file is read and written by which format: by its ending."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.formats.origin import load_entry
from phenolens.core.formats.parts import Parts

# Ending -> the module that reads it. The module is loaded when a file of its kind comes.
READERS = {
    ".parquet": "parquet",
    ".csv": "delimited",
    ".csv.gz": "delimited",
    ".tsv": "delimited",
    ".tsv.gz": "delimited",
    ".npz": "deep_profiler",
    ".npy": "npy",
    ".h5ad": "ann_data",
    ".zarr": "ann_data",
}
WRITERS = {end: kind for end, kind in READERS.items() if kind not in ("deep_profiler", "npy")}


def read(path: Path, columns: Mapping[str, str], table: Path | str = "") -> Parts:
    """Return what a file or folder of profiles holds; its chain begins with where it came from.

    Args:
        path: A file by its ending, a `.zarr` folder, or DeepProfiler's folder of `.npz`.
        columns: Our name -> the file's own name.
        table: The table that an `.npy` needs beside it.

    Raises:
        InputError: No such file, no reader for it, or what its reader says; names the file.
    """
    if not path.exists():
        raise InputError("no such file", where=path)
    kind = "deep_profiler" if _plain_folder(path) else _module(path, READERS, "read")
    if path.is_dir() and _ending(path) in set(READERS) - {".zarr"}:
        raise InputError("is a folder, not a file", where=path, fix="name a file in it")
    if table and kind != "npy":
        raise InputError("`table` goes with an .npy array only", where=path)
    try:
        more = {"table": table} if kind == "npy" else {}
        parts: Parts = _load(kind).read(path, columns, **more)
    except InputError as error:
        raise InputError(error.what, where=_place(path, error.where), fix=error.fix) from error
    return parts if parts.provenance else with_origin(parts, path, columns)


def with_origin(parts: Parts, path: Path, columns: Mapping[str, str]) -> Parts:
    """Return the parts with the entry that says which file they are of."""
    shape = (len(parts.meta), len(parts.names))
    entry = load_entry(
        path, parts.files, shape, parameters={"columns": dict(columns)}, facts=parts.facts
    )
    return replace(parts, provenance=(entry,))


def write(parts: Parts, path: Path) -> None:
    """Write the parts by the path's ending: beside it, then renamed.

    Raises:
        InputError: No writer for the ending.
    """
    module = _load(_module(path, WRITERS, "write"))
    path.parent.mkdir(parents=True, exist_ok=True)
    # The ending stays last but one: writers go by it.
    beside = path.with_name(path.name + ".part")
    _remove(beside)
    try:
        module.write(parts, beside)
        note = module.note(parts, beside) if hasattr(module, "note") else None
    except BaseException:
        _remove(beside)
        raise
    if path.is_dir():  # a folder is not replaced by renaming: the old one steps aside first
        old = path.with_name(path.name + ".old")
        _remove(old)
        path.rename(old)
        beside.rename(path)
        _remove(old)
    else:
        beside.replace(path)
    if note is not None:
        _write_note(note, module.beside(path))


def _write_note(note: str, path: Path) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(note, encoding="utf-8")
    beside.replace(path)


def _load(kind: str) -> Any:
    return import_module(f"phenolens.core.formats.{kind}")


def _module(path: Path, kinds: Mapping[str, str], what: str) -> str:
    ending = _ending(path)
    if ending not in kinds:
        raise InputError(
            f"no way to {what} '{ending or path.name}'",
            where=path,
            fix=f"the ending says which; known: {', '.join(kinds)}",
        )
    return kinds[ending]


def _ending(path: Path) -> str:
    last = path.suffix.lower()
    return (path.with_suffix("").suffix.lower() + last) if last == ".gz" else last


def _plain_folder(path: Path) -> bool:
    return path.is_dir() and _ending(path) != ".zarr"


def _place(path: Path, within: str) -> str:
    """Return the file, and the place within that its reader names."""
    if not within or within.startswith(str(path)):
        return within or str(path)
    return within if Path(within).is_file() else f"{path} {within}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
