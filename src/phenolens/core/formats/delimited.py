"""Delimited text: CSV and TSV, compressed or not; our chain of steps in a file next to it."""

from __future__ import annotations

import csv
import json
import logging
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.core.columns import to_outside
from phenolens.core.errors import InputError
from phenolens.core.formats.header import may_be_measured, read_header, separator_of
from phenolens.core.formats.memory import refuse_larger_text
from phenolens.core.formats.note import Note, note_text, read_json, read_note
from phenolens.core.formats.origin import sha256_of
from phenolens.core.formats.parts import (
    Parts,
    from_frame,
    refuse_duplicates,
    unreadable,
    without_unnamed,
)
from phenolens.core.formats.short_rows import refuse_short_rows, warn_of_a_cut
from phenolens.core.formats.text_bytes import ends, opened
from phenolens.core.reading.blanks import bare_names
from phenolens.core.small_files import small_bytes

_LOG = logging.getLogger("phenolens")


def read(path: Path, columns: Mapping[str, str]) -> Parts:
    """Read a CSV or TSV table, gzipped too, with the note next to it.

    Raises:
        InputError: It cannot be read (a row with too many cells, half a gzip file, no UTF-8), a
            column name appears twice, or it has no features.
    """
    note = _note(path)
    frame = read_frame(path, note.text, columns.values())
    return from_frame(frame, note, columns, (path,))


def read_frame(
    path: Path, text: Sequence[str] | None = None, named: Iterable[str] | None = ()
) -> pd.DataFrame:
    """Return a delimited file as a frame, its index the rows as they are in the file.

    Columns that are ids by their name are text, as written; rows and columns of blanks are no
    part of the table.

    Args:
        path: A `.csv`, `.tsv` or `.txt` file, also gzipped.
        text: For a file of ours: the columns that are text, whatever they look like.
        named: Further columns that are metadata; None: all are.

    Raises:
        InputError: It cannot be read, or is separated by another sign.
    """
    refuse_larger_text(path)
    try:
        skip, header, separator = read_header(path)
        names = bare_names(header)
        refuse_duplicates(names)
        with opened(path, len(names)) as (source, counted):
            frame = pd.read_csv(
                source,
                sep=separator,
                low_memory=False,
                header=None,
                names=list(range(len(names))),
                skiprows=skip + 1,
                skip_blank_lines=False,
                **_known(names, text, named),
            )
    except InputError:
        raise
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame(columns=range(len(names)))
    except UnicodeError as error:
        raise InputError(
            f"cannot be read as a table: {error}", fix="save it as UTF-8 (in Excel: 'CSV UTF-8')"
        ) from error
    except (OSError, EOFError, ValueError, csv.Error, zlib.error) as error:
        raise unreadable(error) from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(
            "rows have more cells than the header",
            fix="name every column in the header, and delete the lines above it",
        )
    frame.index = pd.RangeIndex(skip, skip + len(frame))
    frame.columns = pd.Index(names, dtype=object)
    if text is None:
        whole = ends(path, counted)
        refuse_short_rows(path, frame, separator, ends=whole)
        if named is not None:
            warn_of_a_cut(path, frame, ends=whole)
    frame.attrs["blanks"] = sum(bare != raw for bare, raw in zip(names, header, strict=True) if raw)
    return frame if text is not None else _without_blanks(frame)


def _known(
    names: Sequence[str], text: Sequence[str] | None, named: Iterable[str] | None
) -> dict[str, Any]:
    """Return pandas' settings for a file: the columns that are text, and how ours is written."""
    if text is not None:
        types = {i: object for i, name in enumerate(names) if name in text}
        ours = {"keep_default_na": False, "na_values": [""], "float_precision": "round_trip"}
        return {"dtype": types, **ours}
    types = {
        i: object
        for i, name in enumerate(names)
        if named is None or name in named or not may_be_measured(name)
    }
    return {"dtype": types}


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without rows, and columns that have no name, in which all cells are blank."""
    frame = without_unnamed(frame)
    first = next(iter(frame.columns), None)
    if first is None or not frame[first].isna().any():
        return frame
    return frame.dropna(how="all")


def write(parts: Parts, path: Path) -> None:
    """Write the table by the ending of its name: `.gz` compresses, `.tsv` separates by tabs."""
    frame = pd.concat(
        [to_outside(parts.meta), pd.DataFrame(parts.features, columns=list(parts.names))], axis=1
    )
    frame.to_csv(
        path,
        index=False,
        sep=separator_of(path),
        # No time in the header: the same table is the same bytes.
        compression={"method": "gzip", "mtime": 1} if path.suffix.lower() == ".gz" else None,
    )


def note_path(path: Path) -> Path:
    """Return the file that holds the chain of steps of a delimited file."""
    return path.with_name(path.name + ".json")


def note(parts: Parts, path: Path) -> str:
    """Return the text of the note next to a table that was written to `path`."""
    outside = to_outside(parts.meta)
    text = [name for name in outside if pd.api.types.is_object_dtype(outside[name])]
    content = {
        "features": list(parts.names),
        "provenance": list(parts.provenance),
        "text": text,
        "sha256": sha256_of(path),
    }
    return note_text(content, indent=1)


def with_previous(note: str, path: Path) -> str:
    """Return a note that also has, as `previous`, the note of the table that is at `path` now.

    Raises:
        InputError: The file that the note would replace is not one of ours.
    """
    known = _read_note(path)
    if not known and note_path(path).exists():
        raise InputError(
            "is not a note of ours, and would be overwritten by the one of this table",
            where=note_path(path),
            fix="rename it, or choose another name for the table",
        )
    previous = _matching(known, path)
    return json.dumps({**json.loads(note), "previous": previous}, indent=1) if previous else note


def _note(path: Path) -> Note:
    """Return the note next to a table of ours, if the table is still the same."""
    content = _read_note(path)
    matching = _matching(content, path)
    if content and not matching:
        name = note_path(path).name
        _LOG.warning("%s changed since %s was written: reading it as a new table", path.name, name)
    try:
        return read_note(matching, _fix(path)) if matching else Note()
    except InputError as error:
        raise error.at(note_path(path).name) from error


def _matching(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the note, or the previous one in it: the one that was written for this table."""
    if not content or not path.is_file():
        return {}
    sha256, previous = sha256_of(path), content.get("previous")
    notes: list[dict[str, Any]] = [content, previous if isinstance(previous, dict) else {}]
    return next((note for note in notes if note.get("sha256") == sha256), {})


def _read_note(path: Path) -> dict[str, Any]:
    """Return the note next to a table; nothing if there is none or another program wrote it."""
    file = note_path(path)
    if not file.is_file():
        return {}
    try:
        content = read_json(small_bytes(file), _fix(path))
    except InputError as error:
        raise error.at(file.name) from error
    ours = isinstance(content, dict) and "sha256" in content and "features" in content
    return content if ours else {}


def _fix(path: Path) -> str:
    return f"delete {note_path(path).name} to read the table as a new one"
