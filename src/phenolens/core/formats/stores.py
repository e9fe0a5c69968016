"""What a `.zarr` folder or an HDF5 file asks for besides its own bytes, before it is opened.

A zarr array names the codecs that decode it, and one of numcodecs' codecs unpickles, which runs
code. A store may also point to other files of this computer, whose content would be read as data.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.formats.memory import refuse_larger
from phenolens.core.inside import inside
from phenolens.core.small_files import read_small

# Codecs that only compress, filter or spell numbers and text; zarr 2 and numcodecs, then zarr 3.
_CODECS_2 = """adler32 astype base64 bitround blosc bz2 categorize crc32 crc32c delta
    fixedscaleoffset fletcher32 gzip jenkins_lookup3 json2 lz4 lzma packbits quantize shuffle
    vlen-array vlen-bytes vlen-utf8 zlib zstd"""
_CODECS_3 = "bytes endian sharding_indexed transpose"
CODECS = frozenset([*_CODECS_2.split(), *_CODECS_3.split()])
_DOCUMENTS = (".zarray", ".zmetadata", "zarr.json")
_CODEC_KEYS = ("filters", "compressor", "compressors", "codecs", "index_codecs", "serializer")


def check_zarr(folder: Path) -> None:
    """Refuse a `.zarr` folder that names a codec we do not know, or a file outside of it.

    Raises:
        InputError: It does: names the document and the codec, or the link. Or its arrays are larger
            than the memory that is free.
    """
    size = 0
    for place, names, files in os.walk(folder):
        for name in (*names, *files):
            path = Path(place) / name
            if path.is_symlink():
                inside(path, [folder], folder)
            elif name in _DOCUMENTS:
                found = _checked(path)
                size += _size(found) if name != ".zmetadata" else 0  # which repeats the others
    refuse_larger(size)


def _size(document: Any) -> int:
    """Return the bytes of the array that a document describes, a byte for each value at least."""
    shape = document.get("shape") if isinstance(document, dict) else None
    if not isinstance(shape, list) or not all(isinstance(n, int) and n >= 0 for n in shape):
        return 0
    return math.prod(shape)


def _checked(path: Path) -> Any:
    """Return a document that names no codec that is not known."""
    try:
        found = json.loads(read_small(path))
        unknown = sorted({*_codecs(found)} - CODECS)
    except (ValueError, RecursionError) as error:
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


def check_hdf5(path: Path) -> None:
    """Refuse an HDF5 file that takes values from other files.

    Raises:
        InputError: It does: names the place in it. Or its arrays are larger than the memory that is
            free.
    """
    import h5py

    size = 0
    with h5py.File(path) as file:
        seen: set[int] = set()
        groups = [file]
        while groups:
            group = groups.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise _other_file(path, f"{group.name}/{name}", link.filename)
                if not isinstance(link, h5py.HardLink):
                    continue
                found = group[name]
                if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
                    raise _other_file(path, found.name, "another file")
                if isinstance(found, h5py.Dataset):
                    size += int(found.size or 0) * found.dtype.itemsize
                place = h5py.h5o.get_info(found.id).addr  # a group may be in itself
                if isinstance(found, h5py.Group) and place not in seen:
                    seen.add(place)
                    groups.append(found)
    refuse_larger(size)


def _other_file(path: Path, name: str, other: str) -> InputError:
    return InputError(
        f"takes {name[:100]} from {other[:100]}",
        where=path,
        fix="write it again as one file that holds all of its values",
    )
