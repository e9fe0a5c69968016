"""How many bytes compressed bytes decode to, before memory is taken for them.

A few kilobytes may decode to gigabytes. Some formats say the size in their header, and their
decoders hold to it; the others are decoded piece by piece, counted and not kept.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

COMPRESSORS = ("blosc", "bz2", "gzip", "lz4", "lzma", "zlib", "zstd")
DEFLATE = 1032  # how many times larger than its file deflated content can be
HARMLESS = 1 << 24  # bytes: what cannot decode to more is not counted
_PIECE = 1 << 20
_IN_HEADER = {"blosc": slice(4, 8), "lz4": slice(0, 4)}
_ZSTD = b"\x28\xb5\x2f\xfd"
_MOST_BLOCKS = 1 << 14  # of a zstd frame that are walked over
_DAMAGED = (OSError, EOFError, ValueError, TypeError, zlib.error, lzma.LZMAError, pa.ArrowException)


def decoded_size(
    codec: str,
    settings: Mapping[str, Any],
    file: io.BufferedIOBase,
    size: int,
    most: int,
    harmless: int = HARMLESS,
) -> int:
    """Return how many bytes a file decodes to; counting ends above `most`.

    Args:
        codec: One of `COMPRESSORS`.
        settings: Of numcodecs' codec of that name; only those of lzma are used.
        file: The compressed bytes, read from the beginning.
        size: How many of them there are.
        most: More than this is too much.
        harmless: Bytes that do no harm: a file too small to inflate to more is not counted.

    Returns:
        Bytes. Of a file that is damaged: those before the damage, which its decoder will name. Of
        one that is too small to do harm: 0.
    """
    file.seek(0)
    if codec in _IN_HEADER:
        return int.from_bytes(file.read(16)[_IN_HEADER[codec]], "little")
    if codec == "zstd" and (known := _zstd_size(file, size)) is not None:
        return known
    if codec in ("zlib", "gzip") and size * DEFLATE <= max(most, harmless):
        return 0
    count = 0
    try:
        stream = _stream(codec, settings, file)
        while count <= most and (piece := stream.read(_PIECE)):
            count += len(piece)
    except _DAMAGED:
        return count
    return count


def first_bytes(
    codec: str | None, settings: Mapping[str, Any], file: io.BufferedIOBase, n: int
) -> bytes:
    """Return the first n bytes that a file decodes to; none of one that is damaged.

    Args:
        codec: One of `COMPRESSORS`; None: the file is not compressed.
        settings: Of the codec.
        file: Its decoded size is known to fit in memory.
        n: How many bytes.
    """
    file.seek(0)
    try:
        found: bytes = (_stream(codec, settings, file) if codec else file).read(n)
    except _DAMAGED:
        return b""
    return found


def _stream(codec: str, settings: Mapping[str, Any], file: io.BufferedIOBase) -> Any:
    """Return a reader that decodes as much as it is asked for."""
    file.seek(0)
    if codec == "zlib":
        return _Inflated(file)
    if codec == "gzip":
        return gzip.GzipFile(fileobj=file)
    if codec == "bz2":
        return bz2.BZ2File(file)
    if codec == "lzma":
        container = settings.get("format", lzma.FORMAT_XZ)
        packed: Any = file
        return lzma.LZMAFile(packed, format=container, filters=settings.get("filters"))
    if codec == "zstd":
        return pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
    import numcodecs

    try:
        return io.BytesIO(numcodecs.get_codec({"id": codec}).decode(file.read()))
    except RuntimeError as error:
        raise ValueError(str(error)) from error


class _Inflated:
    """Reads one stream of zlib, a piece at a time."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file, self._decoder = file, zlib.decompressobj()

    def read(self, n: int) -> bytes:
        """Return at most n decoded bytes; none at the end."""
        while not self._decoder.eof:
            packed = self._decoder.unconsumed_tail or self._file.read(_PIECE)
            found = self._decoder.decompress(packed, n)
            if found or not packed:
                return found
        return b""


def _zstd_size(file: io.BufferedIOBase, size: int) -> int | None:
    """Return the size in the header of a zstd frame; None: not known, or there are more frames.

    Source: RFC 8878, 3.1.1. A decoder makes room for the size in the header and writes no more.
    """
    head = file.read(18)
    if head[:4] != _ZSTD or len(head) < 6:
        return None
    flags = head[4]
    single = flags >> 5 & 1
    at = 5 + (1 - single) + (0, 1, 2, 4)[flags & 3]
    width = (single, 2, 4, 8)[flags >> 6]
    if not width:
        return None
    content = int.from_bytes(head[at : at + width], "little") + (256 if width == 2 else 0)
    at += width
    for _ in range(_MOST_BLOCKS):
        file.seek(at)
        block = int.from_bytes(file.read(3), "little")
        at += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        if block & 1:
            end = at + 4 * (flags >> 2 & 1)
            return content if end <= size <= end + 4 else None  # 4: a checksum of zarr's
        if at >= size:
            return None
    return None
