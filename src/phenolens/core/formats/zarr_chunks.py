"""A chunk of a zarr array is compared with the array before it is decoded.

Zarr decodes a chunk whole and looks at its shape then, so a file of some kilobytes takes as much
memory as it likes.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.formats.decoded import HARMLESS, decoded_size, first_bytes
from phenolens.core.formats.memory import free_memory
from phenolens.core.formats.zarr_arrays import Chunk

_ABSENT = 2**64 - 1  # the place in a shard of a chunk that was not written
_CRC = 4
_FIX = "copy or export it again"


def check_chunk(path: Path, chunk: Chunk, size: int) -> int:
    """Refuse the file of a chunk that decodes to more than its array holds.

    Args:
        path: The file.
        chunk: What its array says.
        size: Bytes of the file.

    Returns:
        The bytes of text that it decodes to; 0 for numbers, which the array itself counts.

    Raises:
        InputError: It does: names the file. Or it is a shard without its index.
    """
    if size > chunk.most:
        raise _more(path)
    if not (chunk.compressor or chunk.is_text or chunk.inner):
        return 0
    with path.open("rb") as file:
        return _check(path, chunk, file, size)


def _check(path: Path, chunk: Chunk, file: io.BufferedIOBase, size: int) -> int:
    """Return the bytes of text in a chunk, or in the chunks of a shard."""
    if chunk.inner is not None:
        return _check_shard(path, chunk, chunk.inner, file, size)
    decoded, most = size, chunk.most
    name, settings = chunk.compressor or (None, {})
    if name:
        decoded = decoded_size(name, settings, file, size, most)
    if chunk.is_text and decoded > HARMLESS and (free := free_memory()) is not None:
        most = min(most, free // 4)
    if decoded > most:
        raise _more(path)
    if not chunk.is_text:
        return 0
    number = int.from_bytes(first_bytes(name, settings, file, 4), "little")
    if number > chunk.items:
        raise InputError(
            f"decodes to more than its array holds: {number:,} texts instead of {chunk.items:,}",
            where=path,
            fix=_FIX,
        )
    return decoded


def _check_shard(path: Path, chunk: Chunk, inner: Chunk, file: io.BufferedIOBase, size: int) -> int:
    """Check each chunk of a shard at the place that the index of the shard says."""
    settings = chunk.index or {}
    number = chunk.items // max(1, inner.items)
    codecs = settings.get("index_codecs", ())
    names = [codec["name"] for codec in codecs]
    big = any((codec.get("configuration") or {}).get("endian") == "big" for codec in codecs)
    length = 16 * number + _CRC * (len(names) - 1)
    if names not in (["bytes"], ["bytes", "crc32c"]) or big or length > size:
        raise InputError("is a shard without an index that can be read", where=path, fix=_FIX)
    file.seek(0 if settings.get("index_location") == "start" else size - length)
    index = np.frombuffer(file.read(16 * number), "<u8").reshape(-1, 2)
    text = 0
    for start, count in index.tolist():
        if start == _ABSENT and count == _ABSENT:
            continue
        if start + count > size:
            raise InputError("is a shard with chunks outside of it", where=path, fix=_FIX)
        if count > inner.most:
            raise _more(path)
        if inner.compressor or inner.is_text or inner.inner:
            file.seek(start)
            text += _check(path, inner, io.BytesIO(file.read(count)), count)
    return text


def _more(path: Path) -> InputError:
    return InputError("decodes to more than its array holds", where=path, fix=_FIX)
