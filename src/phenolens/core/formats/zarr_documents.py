"""The documents of a zarr store: which codecs they name, and whether they agree about an array.

Next to the document of each array there may be one for all of them, at the top, and zarr believes
that one. What is checked must be what is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.formats.zarr_arrays import Array, array_of, is_array
from phenolens.core.small_files import read_small

# Codecs that only compress, filter or spell numbers and text; zarr 2 and numcodecs, then zarr 3.
_CODECS_2 = """adler32 astype base64 bitround blosc bz2 crc32 crc32c delta
    fixedscaleoffset fletcher32 gzip jenkins_lookup3 lz4 lzma packbits quantize shuffle
    vlen-bytes vlen-utf8 zlib zstd"""
_CODECS_3 = "bytes endian sharding_indexed transpose"
CODECS = frozenset([*_CODECS_2.split(), *_CODECS_3.split()])
DOCUMENTS = (".zarray", ".zmetadata", "zarr.json")
ATTRIBUTES = (".zattrs", ".zgroup")
_CODEC_KEYS = ("filters", "compressor", "compressors", "codecs", "index_codecs", "serializer")
_FACTS = ("shape", "chunks", "dtype", "compressor", "filters", "order")
_FACTS_3 = ("shape", "chunk_grid", "data_type", "codecs", "chunk_key_encoding")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a document says of an array.

    Attributes:
        source: The document.
        facts: What decides how its chunks are found and decoded, as JSON.
        array: What follows from them.
    """

    source: Path
    facts: str
    array: Array


Attributes = dict[Path, tuple[Path, str]]


def state(
    path: Path, folder: Path, stated: dict[Path, list[Stated]], attributes: Attributes
) -> None:
    """Add what a document says of arrays and attributes to what others say of them.

    Args:
        path: The document: `.zarray`, `.zmetadata`, `zarr.json`, or attributes.
        folder: The store.
        stated: Folder of an array -> what documents say of it; changed.
        attributes: Folder -> the document that says its attributes, and what it says; changed.

    Raises:
        InputError: It names a codec that is not known, or does not agree with another document.
    """
    if path.name == ".zgroup":
        read_small(path)  # only its size is looked at
        return
    content = _read(path)
    _state_attributes(content, path, folder, attributes)
    if path.name in ATTRIBUTES:
        return
    for name, document in _arrays(_checked(content, path)):
        place = path.parent / name
        if ".." in Path(name).parts or not place.is_relative_to(folder):
            raise InputError(f"names an array out of the store, '{name[:100]}'", where=path)
        try:
            made = array_of(document)
        except InputError as error:
            raise (error.at(name) if name else error).at(path) from error
        version, names = (2, _FACTS) if "chunks" in document else (3, _FACTS_3)
        facts = json.dumps([version, *map(document.get, names)], sort_keys=True)
        same = stated.setdefault(place, [])
        for other in same:
            if other.facts != facts and other.facts[:2] == facts[:2]:
                what = f"the array {place.relative_to(folder)}"
                raise _disagree(path, other.source, folder, what)
        same.append(Stated(path, facts, made))


def _state_attributes(content: Any, path: Path, folder: Path, attributes: Attributes) -> None:
    for name, found in _attributes(content, path.name):
        place, text = path.parent / name, json.dumps(found, sort_keys=True)
        source, known = attributes.setdefault(place, (path, text))
        if known != text:
            raise _disagree(path, source, folder, f"the attributes of {place.name}")


def _disagree(path: Path, other: Path, folder: Path, what: str) -> InputError:
    return InputError(
        f"does not agree with {other.relative_to(folder)} about {what}",
        where=path,
        fix="copy or export the store again",
    )


def _attributes(document: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each folder and its attributes, as a document says them of itself and of others."""
    if not isinstance(document, dict):
        return
    if name == ".zattrs":
        yield "", document
        return
    if name == "zarr.json":
        yield "", document.get("attributes") or {}
    of_all = document.get("consolidated_metadata") or document
    parts = of_all.get("metadata") if isinstance(of_all, dict) else None
    for inner, part in parts.items() if isinstance(parts, dict) else ():
        if name == "zarr.json" and isinstance(part, dict):
            yield inner, part.get("attributes") or {}
        elif inner.endswith(".zattrs"):
            yield inner.removesuffix(".zattrs").strip("/"), part


def _arrays(document: Any, under: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the folder and the document of each array in a document, or in one for all of them."""
    if not isinstance(document, dict):
        return
    if is_array(document):
        yield under, document
    of_all = document.get("consolidated_metadata") or document  # of version 3, of 2
    parts = of_all.get("metadata") if isinstance(of_all, dict) else None
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if not name.endswith((".zattrs", ".zgroup")):
            inner = name.removesuffix(".zarray").strip("/")
            yield from _arrays(part, f"{under}/{inner}".strip("/"))


def _read(path: Path) -> Any:
    try:
        return json.loads(read_small(path))
    except (ValueError, RecursionError) as error:
        raise InputError("is not a document of zarr", where=path, fix="copy it again") from error


def _checked(found: Any, path: Path) -> Any:
    """Return a document that names no codec that is not known."""
    try:
        unknown = sorted({*_codecs(found)} - CODECS)
    except RecursionError as error:
        raise InputError("is not a document of zarr", where=path, fix="copy it again") from error
    if unknown:
        raise InputError(
            f"is decoded by '{unknown[0]}', which could run code or is not known",
            where=path,
            fix="write it again with one of zarr's own codecs, as blosc or zstd",
        )
    return found


def _codecs(node: Any) -> Iterator[str]:
    """Yield the name of every codec in a document; the attributes of users are passed over."""
    if isinstance(node, list):
        for part in node:
            yield from _codecs(part)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _CODEC_KEYS:
                yield from _named(value)
            elif key != "attributes" and not str(key).endswith(".zattrs"):
                yield from _codecs(value)


def _named(node: Any) -> Iterator[str]:
    """Yield the names of the codecs in a list of them, and of those that are in their settings."""
    for codec in node if isinstance(node, list) else [node]:
        if isinstance(codec, dict):
            names = [codec[key] for key in ("id", "name") if key in codec]  # of version 2, of 3
            yield from (str(name).removeprefix("numcodecs.") for name in names or [None])
            yield from _codecs(codec)
        elif codec is not None:
            yield str(codec)
