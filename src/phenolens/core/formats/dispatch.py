"""The ending of a file decides which format reads and writes it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from phenolens.core.columns import table_of_names
from phenolens.core.errors import InputError
from phenolens.core.files import put_back, write_text, written
from phenolens.core.formats.origin import load_entry
from phenolens.core.formats.parts import Parts, unreadable
from phenolens.core.formats.storable import refuse_unstorable
from phenolens.core.target import check_target

_LOG = logging.getLogger("phenolens")

# Ending -> the module that reads it, imported when it is first needed.
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
    ".sqlite": "cell_profiler",
    ".db": "cell_profiler",
}
_AS_TSV = "name it .tsv if tabs separate its cells, .csv if commas do; "
_READ_ONLY = ("deep_profiler", "npy", "cell_profiler")
WRITERS = {end: kind for end, kind in READERS.items() if kind not in _READ_ONLY}


def read(path: Path, columns: Mapping[str, str], table: Path | str = "") -> Parts:
    """Return what a file or folder of profiles holds; its chain begins with its origin.

    Args:
        path: A file by its ending, a `.zarr` folder, DeepProfiler's folder of `.npz`, or
            CellProfiler's folder of object tables.
        columns: Our name -> the file's own name.
        table: The metadata table that an `.npy` needs.

    Raises:
        InputError: No such file, no reader for it, or an error of its reader; names the file.
    """
    columns = table_of_names(columns)
    if not path.exists():
        if not put_back(path):
            raise InputError("no such file", where=path)
        _LOG.warning("%s: a write was cut off; the table from before it is used", path)
    if not (path.is_file() or path.is_dir()):  # a pipe, which can be read once, or never ends
        raise InputError("is not a file", where=path, fix="write it to a file first")
    kind = _folder_kind(path) if _plain_folder(path) else _module(path, READERS, "read")
    if path.is_dir() and _ending(path) in set(READERS) - {".zarr"}:
        raise InputError("is a folder, not a file", where=path, fix="name a file in it")
    if table and kind != "npy":
        raise InputError("`table` is only used with an .npy array", where=path)
    try:
        more = {"table": table} if kind == "npy" else {}
        parts: Parts = _load(kind).read(path, columns, **more)
    except InputError as error:
        raise error.at(path) from error
    except MemoryError as error:
        raise unreadable(error).at(path) from error
    return parts if parts.provenance else with_origin(parts, path, columns)


def read_with(path: Path) -> list[Path]:
    """Return the files next to a table that are read with it: a note, or the rows of an array."""
    kind = READERS.get(_ending(path), "")
    if kind == "npy":
        stem = path.with_suffix("").name
        near = [path.with_name(stem + ending) for ending in _load(kind).SUFFIXES]
    else:
        near = [_load(kind).note_path(path)] if kind == "delimited" else []
    return [file for file in near if file.is_file()]


def with_origin(parts: Parts, path: Path, columns: Mapping[str, str]) -> Parts:
    """Return the parts with the entry that names the file they came from."""
    shape = (len(parts.meta), len(parts.names))
    entry = load_entry(
        path, parts.files, shape, parameters={"columns": dict(columns)}, facts=parts.facts
    )
    return replace(parts, provenance=(entry,))


def check_table(path: Path, inputs: Iterable[Path] = ()) -> Path:
    """Return the path of a table to write, before what it will hold is computed.

    Args:
        path: Of the table.
        inputs: What is read: it is never written over.

    Raises:
        InputError: No writer for the ending, or as `core.target.check_target`.
    """
    check_target(path, inputs)
    _module(path, WRITERS, "write")
    return path


def write(parts: Parts, path: Path) -> None:
    """Write the parts by the path's ending, and the note next to it if the format has one.

    The note is replaced first, and until the table is replaced too it also has the old note: so at
    every moment the table has the note that belongs to it.

    Raises:
        InputError: No writer for the ending, it would replace a folder of other files, or the
            format cannot hold a text in the table.
    """
    module = _load(_module(check_table(path), WRITERS, "write"))
    try:
        refuse_unstorable(parts, _ending(path))
    except InputError as error:
        raise error.at(path) from error
    note = ""
    with written(path) as partial:
        module.write(parts, partial)
        if hasattr(module, "note"):
            note = module.note(parts, partial)
            write_text(module.note_path(path), module.with_previous(note, path))
    if note:
        write_text(module.note_path(path), note)


def _load(kind: str) -> Any:
    return import_module(f"phenolens.core.formats.{kind}")


def _module(path: Path, kinds: Mapping[str, str], verb: str) -> str:
    ending = _ending(path)
    if ending not in kinds:
        raise InputError(
            f"cannot {verb} '{ending or path.name}' files",
            where=path,
            fix=_AS_TSV * ending.startswith(".txt") + f"supported endings: {', '.join(kinds)}",
        )
    return kinds[ending]


def _ending(path: Path) -> str:
    last = path.suffix.lower()
    return (path.with_suffix("").suffix.lower() + last) if last == ".gz" else last


def _folder_kind(path: Path) -> str:
    holds_objects: bool = _load("cell_profiler").holds_objects(path)
    return "cell_profiler" if holds_objects else "deep_profiler"


def _plain_folder(path: Path) -> bool:
    return path.is_dir() and _ending(path) != ".zarr"
