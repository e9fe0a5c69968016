"""What a document of zarr says of its array: the bytes of a chunk, and what they are packed in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.formats.decoded import COMPRESSORS
from phenolens.core.small_files import MOST_BYTES

MOST_CHUNKS = 1_000_000  # of an array; each takes a look at the disk
MOST_IN_A_TEXT = 1 << 20  # bytes of a text, on average
_SLACK = 4096  # bytes of headers and checksums
_POINTER = 8
_TEXTS = ("vlen-utf8", "vlen-bytes")
_CHECKSUMS_AT_THE_END = ("crc32c", "fletcher32")
_CHECKSUMS = ("adler32", "crc32", "crc32c", "fletcher32", "jenkins_lookup3")
_SAME_SIZE = (*_CHECKSUMS, "base64", "bitround", "bytes", "endian", "shuffle", "transpose")
_NUMBER = re.compile(r"(?:bool|u?int|b?float|complex|r)(\d*)")
_OF_TEXT = ("string", "bytes", "variable_length_utf8", "variable_length_bytes")
_FIX = "copy or export it again"
_Codec = tuple[str, Mapping[str, Any]]  # name, settings


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of an array.

    Attributes:
        items: Values in it.
        most: Bytes that it may decode to, and that its file may have; texts: of a million letters.
        compressor: Name and settings; None: not compressed.
        is_text: It begins with the number of its texts.
        inner: The chunks that are in it, if it is a shard.
        index: Settings of a shard: where the places of its chunks are.
    """

    items: int
    most: int
    compressor: _Codec | None = None
    is_text: bool = False
    inner: Chunk | None = None
    index: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Array:
    """An array: the bytes that it takes in memory at least, its chunks, and how many it needs.

    One value alone need not be written: anndata leaves it out where it means nothing.
    """

    size: int
    chunk: Chunk
    chunks: int = 1


def is_array(document: Any) -> bool:
    """Return whether a document of version 2 or 3 describes an array, not a group."""
    return isinstance(document, dict) and (
        document.get("node_type") == "array" or "chunks" in document or "chunk_grid" in document
    )


def array_of(document: Mapping[str, Any]) -> Array:
    """Return the array that a document describes.

    Raises:
        InputError: It does not say how large a chunk is, has too many of them, or packs them in a
            way that cannot be checked.
    """
    try:
        shape = _lengths(document["shape"])
        if "chunks" in document:
            chunks, kind = document["chunks"], _size_2(document["dtype"])
            codecs = [*(document.get("filters") or ()), document.get("compressor")]
        else:
            chunks = document["chunk_grid"]["configuration"]["chunk_shape"]
            kind, codecs = _size_3(document["data_type"]), document["codecs"]
        each = _lengths(chunks)
        number = _refuse_many(shape, each)
        chunk = _chunk(each, kind, _named(codecs))
        decoded = chunk.items if chunk.inner is None else 0  # at once, also where less is used
        # What was not written has the fill value, a text of any length.
        one = kind or max(_POINTER, len(str(document.get("fill_value"))))
        made = Array(max(math.prod(shape), decoded) * one, chunk, number if shape else 0)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"does not describe an array ({type(error).__name__}: {str(error)[:100]})", fix=_FIX
        ) from error
    return made


def _lengths(found: Any) -> tuple[int, ...]:
    if not isinstance(found, list) or not all(type(n) is int and n >= 0 for n in found):
        raise ValueError(f"{str(found)[:50]} is not a shape")
    return tuple(found)


def _refuse_many(shape: Sequence[int], each: Sequence[int]) -> int:
    """Return how many chunks of a shape an array is cut into."""
    if len(shape) != len(each):
        raise ValueError("chunks of another number of dimensions")
    number = math.prod(-(-n // max(1, part)) for n, part in zip(shape, each, strict=True))
    if number > MOST_CHUNKS:
        raise InputError(
            f"cuts its array into {number:,} chunks, and {MOST_CHUNKS:,} are the most that are "
            "read",
            fix="write it again with larger chunks",
        )
    return number


def _size_2(kind: Any) -> int | None:
    """Return the bytes of a value of version 2; None: text of any length."""
    if isinstance(kind, list):
        return sum(
            (_size_2(field[1]) or _POINTER) * math.prod(_lengths(field[2]) if field[2:] else ())
            for field in kind
        )
    dtype = np.dtype(str(kind))
    return None if dtype.hasobject else _one(dtype.itemsize)


def _size_3(kind: Any) -> int | None:
    """Return the bytes of a value of version 3; None: text of any length."""
    name = kind["name"] if isinstance(kind, dict) else kind
    settings = (kind.get("configuration") or {}) if isinstance(kind, dict) else {}
    if "length_bytes" in settings:
        return _one(int(settings["length_bytes"]))
    if "fields" in settings:
        parts = [field[1] if isinstance(field, list) else field for field in settings["fields"]]
        return sum(_size_3(part) or _POINTER for part in parts)
    if name in _OF_TEXT:
        return None
    if "datetime64" in name or "timedelta64" in name:
        return _POINTER
    number = _NUMBER.fullmatch(name)
    if number is None:
        raise ValueError(f"unknown kind of values '{name[:50]}'")
    return _one(-(-int(number.group(1) or 8) // 8))


def _one(size: int) -> int:
    """Return the bytes of one value, which are not more than a table can use."""
    if size > MOST_BYTES:
        raise InputError(
            f"has {size:,} bytes for each value, and {MOST_BYTES:,} are the most that are read",
            fix=_FIX,
        )
    return size


def _named(codecs: Sequence[Any]) -> list[_Codec]:
    """Return name and settings of each codec, from the first that is applied to the last."""
    found = []
    for codec in codecs:
        if isinstance(codec, dict):
            name = codec["name"] if "name" in codec else codec["id"]
            settings = (codec.get("configuration") or {}) if "name" in codec else codec
            found.append((str(name).removeprefix("numcodecs."), settings))
        elif codec is not None:
            found.append((str(codec), {}))
    return found


def _chunk(shape: Sequence[int], size: int | None, codecs: Sequence[_Codec]) -> Chunk:
    """Return what a chunk of this shape is once it is decoded.

    Raises:
        InputError: A codec makes more of what another has packed, as two compressors would.
    """
    items = math.prod(shape)
    packed: dict[str, Mapping[str, Any]] = {}
    for name, settings in codecs:
        at_the_end = name in _CHECKSUMS_AT_THE_END and settings.get("location") != "start"
        packs = name in (*COMPRESSORS, "sharding_indexed") or (name in _TEXTS and size is None)
        last = next(reversed(packed), "")
        if last and not (at_the_end or (last in _TEXTS and name in COMPRESSORS)):
            raise InputError(f"applies '{name[:50]}' to what '{last}' has packed", fix=_FIX)
        if packs:
            packed[name] = settings
        elif not at_the_end:
            size = _filtered(name, settings, size)
    shard = packed.get("sharding_indexed")
    if shard is not None:
        return _shard(shape, size, shard)
    is_text = any(name in packed for name in _TEXTS)
    if size is None and not is_text:
        raise InputError("holds objects that are not text", fix=_FIX)
    most = items * (MOST_IN_A_TEXT if size is None else size)
    compressor = next((found for found in packed.items() if found[0] in COMPRESSORS), None)
    return Chunk(items, most * 3 // 2 + _SLACK, compressor, is_text)


def _shard(shape: Sequence[int], size: int | None, settings: Mapping[str, Any]) -> Chunk:
    """Return the chunk that holds chunks, each packed for itself, and an index of them."""
    part = _lengths(settings["chunk_shape"])
    _refuse_many(shape, part)
    inner = _chunk(part, size, _named(settings["codecs"]))
    number = math.prod(shape) // max(1, inner.items)
    most = number * (inner.most + 16) + _SLACK
    return Chunk(number * inner.items, most, inner=inner, index=settings)


def _filtered(name: str, settings: Mapping[str, Any], size: int | None) -> int | None:
    """Return the bytes of a value once a filter has been applied to it."""
    if name in _SAME_SIZE:
        return size
    ends: tuple[int | None, int | None]  # before it, after it
    if name == "packbits":
        ends = 1, 1
    elif name == "astype":
        ends = _size_2(settings["decode_dtype"]), _size_2(settings["encode_dtype"])
    elif name in ("delta", "fixedscaleoffset", "quantize"):
        kind = settings["dtype"]
        ends = _size_2(kind), _size_2(settings.get("astype") or kind)
    else:
        raise InputError(f"is filtered by '{name[:50]}', which cannot be checked", fix=_FIX)
    if size is None or ends[0] != size or ends[1] is None:
        raise InputError(f"is filtered by '{name[:50]}' as values of another kind", fix=_FIX)
    return ends[1]
