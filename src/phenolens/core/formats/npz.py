"""Arrays of an `.npz` file from anybody: nothing in it runs, and no header makes us take memory.

What a header promises is compared with the bytes that the archive holds before any is taken.
"""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.formats.plain_pickle import MOST_BYTES as MOST_PICKLED
from phenolens.core.formats.plain_pickle import read_plain

MOST_BYTES = 2**30  # of one array
_DEFLATE = 1032  # how many times smaller than its content a compressed file can be
_HEADER = (ValueError, TypeError, KeyError, SyntaxError, tokenize.TokenError, RecursionError)
_DAMAGED = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_npz(path: Path, wanted: Collection[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the wanted arrays of an archive, and the names of all that it has.

    Arrays of objects hold plain values (`plain_pickle`); no other pickle is read.

    Raises:
        InputError: It is damaged, a header does not fit the bytes, or an array is too large.
    """
    found: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                member.filename.removesuffix(".npy"): member for member in archive.infolist()
            }
            for name in wanted:
                if name in members:
                    found[name] = _member(archive, members[name], name)
    except InputError:
        raise
    except _DAMAGED as error:
        raise InputError(f"is not a complete .npz file: {error}", fix="copy it again") from error
    return found, list(members)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> np.ndarray:
    """Return one array."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"array '{name}' is compressed in a way that NumPy does not write")
    if member.file_size > (member.compress_size + 1) * _DEFLATE:
        raise InputError(f"array '{name}' is not as large as the archive says")
    with archive.open(member) as file:
        shape, fortran, dtype = _header(file, name)
        left = member.file_size - file.tell()
        if dtype == np.dtype(object):
            return _objects(file.read(min(left, MOST_PICKLED + 1)), shape, name)
        size = math.prod(shape) * dtype.itemsize
        if size > MOST_BYTES:
            raise InputError(f"array '{name}' has {size / 2**30:.1f} GB, more than 1 GB")
        if dtype.kind not in "biufSU" or size != left:
            raise InputError(
                f"array '{name}' of {dtype} and shape {shape} does not fit its {left} bytes"[:300],
                fix="copy the file again",
            )
        flat = np.frombuffer(file.read(size), dtype=dtype) if size else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(file: Any, name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return the shape, the order and the kind of values that an array's header says."""
    form: Any = np.lib.format  # NumPy gives no types here
    try:
        older = form.read_magic(file) == (1, 0)
        read = form.read_array_header_1_0 if older else form.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except _HEADER as error:
        raise InputError(
            f"is not a complete .npz file: the header of array '{name}' cannot be read",
            fix="copy it again",
        ) from error
    if any(type(side) is not int or side < 0 for side in shape) or len(shape) > 8:
        raise InputError(f"array '{name}' has the shape {shape}"[:200])
    return shape, fortran, dtype


def _objects(raw: bytes, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return an array of plain values."""
    values = read_plain(raw)
    if not isinstance(values, list) or len(values) != math.prod(shape):
        raise InputError(f"array '{name}' of shape {shape} holds something else"[:200])
    made = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):  # a list in it stays one value
        made[place] = value
    return made.reshape(shape)
