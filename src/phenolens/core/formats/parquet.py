"""Parquet in pycytominer's convention: `Metadata_` columns, features; our note in the schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from phenolens.core.columns import to_outside
from phenolens.core.errors import InputError
from phenolens.core.formats.arrow import ARROW_ERRORS, frame_of
from phenolens.core.formats.note import Note, note_text, read_note
from phenolens.core.formats.parquet_size import refuse_larger_table, refuse_long_values
from phenolens.core.formats.parts import Parts, from_frame, refuse_duplicates, unreadable
from phenolens.core.inside import literal

_KEY = b"phenolens"
_INDEX = re.compile(r"__index_level_\d+__")
_BUFFER = 1 << 20
_WITHOUT_NOTE = (
    "write it again; or copy it with pandas (read_parquet, to_parquet), which drops the note: then "
    "it is read as a table without steps"
)


def read(path: Path, columns: Mapping[str, str]) -> Parts:
    """Read a table of ours, pycytominer's, CytoTable's or JUMP's.

    Raises:
        InputError: It cannot be read, or has no features.
    """
    with opened(path) as file:
        refuse_larger_table(file, literal(path))
        note = note_of(file.schema_arrow)
        try:
            table = file.read(columns=column_names(file))
        except ARROW_ERRORS as error:
            raise unreadable(error) from error
        frame = frame_of(table, foreign=note.features is None)
        del table
        return from_frame(frame, note, columns, (path,))


def opened(path: Path) -> pq.ParquetFile:
    """Return an open file, from which columns are read on demand.

    Raises:
        InputError: It is not a parquet file, a column name appears twice, or the lists or texts of
            a column are longer than any table needs.
    """
    try:
        file = pq.ParquetFile(literal(path), buffer_size=_BUFFER, pre_buffer=False)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise unreadable(error) from error
    try:
        refuse_duplicates(file.schema_arrow.names)
        for field in file.schema_arrow:
            _refuse_zone(field)
        refuse_long_values(file)
    except InputError:
        file.close()
        raise
    return file


def _refuse_zone(field: pa.Field) -> None:
    """Raise where the times of a column are in a zone that does not exist."""
    kind = field.type
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    if pa.types.is_timestamp(inner) and inner.tz is not None:
        try:
            pd.Timestamp(0, tz=inner.tz)
        except Exception as error:  # pytz, zoneinfo and pandas raise several kinds
            raise InputError(
                f"column '{field.name}' is in an unknown time zone, '{inner.tz}'"[:200],
                fix="write it in UTC",
            ) from error


def column_names(file: pq.ParquetFile) -> list[str]:
    """Return the columns, without the row numbers that pandas adds."""
    return [name for name in file.schema_arrow.names if not _INDEX.fullmatch(name)]


def note_of(schema: pa.Schema) -> Note:
    """Return the note of a file of ours; empty for others.

    Raises:
        InputError: It is damaged.
    """
    found = (schema.metadata or {}).get(_KEY)
    return Note() if found is None else read_note(found, _WITHOUT_NOTE)


def write(parts: Parts, path: Path) -> None:
    """Write the table; feature names and provenance go into the schema's metadata."""
    frame = pd.concat(
        [to_outside(parts.meta), pd.DataFrame(parts.features, columns=list(parts.names))], axis=1
    )
    table = pa.Table.from_pandas(frame, preserve_index=False)
    note = {"features": list(parts.names), "provenance": list(parts.provenance)}
    known = table.schema.metadata or {}
    pq.write_table(table.replace_schema_metadata({**known, _KEY: note_text(note).encode()}), path)
