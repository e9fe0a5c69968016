"""The arrays of a saved chain in one `.npz`, read without trust: no header makes us take memory."""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from phenolens.core.errors import InputError

_KINDS = "biufSU"  # of values; objects would need a pickle
_LONGEST = 200  # characters that a library says about a damaged file
# What NumPy and zipfile raise for bytes that are not such arrays.
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    OverflowError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays that `numpy.savez` wrote, by name.

    What a header promises is compared with the bytes on disk before any memory is taken.

    Raises:
        InputError: It is not such a file, is damaged, or holds anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > path.stat().st_size:
                raise InputError(f"its arrays have {size} bytes, more than the file")
            return {
                member.filename.removesuffix(".npy"): _array(archive, member)
                for member in archive.infolist()
            }
    except _UNREADABLE as error:
        why = error.what if isinstance(error, InputError) else str(error)
        raise InputError(
            f"cannot be read as arrays: {why[:_LONGEST]}",
            where=path,
            fix="fit and save the chain again",
        ) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise InputError(f"'{member.filename}' is compressed, which phenolens does not write")
    form: Any = np.lib.format  # NumPy gives no types here
    with archive.open(member) as file:
        version = form.read_magic(file)
        read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
        shape, fortran, dtype = read(file)
        left = member.file_size - file.tell()
        negative = any(side < 0 for side in shape)
        if dtype.kind not in _KINDS or negative or math.prod(shape) * dtype.itemsize != left:
            raise InputError(f"'{member.filename}': {dtype} of shape {shape} in {left} bytes")
        flat = np.frombuffer(bytearray(file.read()), dtype=dtype) if left else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")
