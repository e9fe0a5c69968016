"""What the columns of a parquet file decode to, before any is decoded.

A run of equal values takes a few bytes in the file, and so does a long text that many rows share.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from phenolens.core.errors import InputError
from phenolens.core.formats.memory import free_memory, refuse_larger

_MOST_IN_A_LIST = 2**16  # numbers in a row of a column of lists; embeddings have some thousand
_MOST_IN_A_TEXT = 2**20  # bytes of a text, on average
_TEXT = "BYTE_ARRAY"  # the kind of column in parquet
_FIX = "write it again without this column, or with shorter {}"


def refuse_long_values(file: pq.ParquetFile) -> None:
    """Raise where the lists of a column are longer than embeddings, or its texts than notes.

    Each number of a list becomes a column, and pandas makes some ten thousand of them in a second.

    Raises:
        InputError: They are: names the column.
    """
    for field in file.schema_arrow:
        _refuse_list(field.name, _fixed(field.type))
        _refuse_text(field.name, _width(field.type))
    for group, column in _columns(file):
        name = column.path_in_schema.split(".", 1)[0]
        _refuse_list(name, column.num_values / max(1, group.num_rows))
        if column.physical_type == _TEXT:
            _refuse_text(name, column.total_uncompressed_size / max(1, column.num_values))


def refuse_larger_table(file: pq.ParquetFile, source: Any) -> None:
    """Raise if the table of a file cannot be in memory.

    Args:
        file: An open file.
        source: The path that it was opened with.

    Raises:
        InputError: It is larger than what is free; or its texts are longer than notes, though the
            file has each of them once.
    """
    rows = int(file.metadata.num_rows)
    refuse_larger(rows * sum(map(_bits, file.schema_arrow.types)) // 8)
    texts: dict[str, int] = {}
    for place, (_, column) in enumerate(_columns(file)):
        if column.physical_type == _TEXT:
            name = column.path_in_schema
            group = place // max(1, file.metadata.num_columns)
            texts[name] = texts.get(name, 0) + _text(source, group, column)
    # The column as it is read, and the largest twice more: its categories, and Python's text.
    refuse_larger(sum(texts.values()) + 2 * max(texts.values(), default=0))


def _columns(file: pq.ParquetFile) -> Iterator[tuple[Any, Any]]:
    for place in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(place)
        yield from ((group, group.column(column)) for column in range(group.num_columns))


def _bits(kind: pa.DataType) -> int:
    """Return the bits of a value in memory at least; text as one number."""
    known = pa.types.is_primitive(kind) or pa.types.is_fixed_size_binary(kind)
    return kind.bit_width if known else 32


def _fixed(kind: pa.DataType) -> int:
    """Return the values in a row of lists of one length, which blanks have too; else 1."""
    if isinstance(kind, pa.BaseExtensionType):
        return _fixed(kind.storage_type)
    inner = max((_fixed(kind.field(n).type) for n in range(kind.num_fields)), default=1)
    return inner * (kind.list_size if pa.types.is_fixed_size_list(kind) else 1)


def _width(kind: pa.DataType) -> int:
    """Return the bytes of a value where all have the same; else 0."""
    if isinstance(kind, pa.BaseExtensionType):
        return _width(kind.storage_type)
    inner = max((_width(kind.field(n).type) for n in range(kind.num_fields)), default=0)
    return kind.byte_width if pa.types.is_fixed_size_binary(kind) else inner


def _text(source: Any, group: int, column: Any) -> int:
    """Return the bytes of the texts of a column in a group of rows.

    The file has a text that is repeated once. Where so many of the longest would be too much for
    the memory, the repeats are counted.
    """
    stored = int(column.total_uncompressed_size)
    free = free_memory()
    if not column.has_dictionary_page or free is None or stored * column.num_values <= free:
        return stored
    path = column.path_in_schema
    with pq.ParquetFile(source, read_dictionary=[path], pre_buffer=False) as file:
        found = file.read_row_group(group, columns=[path]).column(0)
    size = sum(_repeated(chunk) for chunk in found.chunks)
    _refuse_text(path.split(".", 1)[0], size / max(1, column.num_values))
    return max(stored, size)


def _repeated(found: pa.Array) -> int:
    """Return the bytes of an array of texts, each as often as it is there."""
    while pa.types.is_nested(found.type):
        found = found.field(0) if pa.types.is_struct(found.type) else found.values
    if not pa.types.is_dictionary(found.type):
        return int(found.nbytes)
    lengths = pc.fill_null(pc.binary_length(found.dictionary), 0).to_numpy().astype(np.int64)
    places = found.indices.drop_null().to_numpy()
    return int(np.bincount(places, minlength=len(lengths)) @ lengths) if len(lengths) else 0


def _refuse_list(name: str, values: float) -> None:
    if values > _MOST_IN_A_LIST:
        raise InputError(
            f"column '{name}' holds lists of {values:,.0f} values, and {_MOST_IN_A_LIST:,} "
            "are the most that are read",
            fix=_FIX.format("lists"),
        )


def _refuse_text(name: str, size: float) -> None:
    if size > _MOST_IN_A_TEXT:
        raise InputError(
            f"column '{name}' holds texts of {size:,.0f} bytes, and {_MOST_IN_A_TEXT:,} "
            "are the most that are read",
            fix=_FIX.format("texts"),
        )
