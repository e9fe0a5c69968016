"""A compressed chunk of an HDF5 file is compared with its dataset before it is decoded.

HDF5 inflates a chunk to its end, whatever its dataset says, and makes room as it goes.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.formats.decoded import DEFLATE, decoded_size
from phenolens.core.formats.memory import free_memory

_DEFLATE, _LZF = 1, 32000  # HDF5's numbers of the filters whose content can be of any size
_SLACK = 4096
_HARMLESS = 1 << 30  # bytes: HDF5 decodes one chunk at a time
_FIX = "copy or export it again"


def check_chunks(path: Path, dataset: Any) -> None:
    """Refuse a dataset with a chunk that decodes to more than it holds.

    Args:
        path: The file.
        dataset: Of h5py, open.

    Raises:
        InputError: It does, or it is compressed twice: names the dataset.
    """
    if dataset.chunks is None:
        return
    settings = dataset.id.get_create_plist()
    filters = [settings.get_filter(n)[0] for n in range(settings.get_nfilters())]
    packed = [number for number in filters if number in (_DEFLATE, _LZF)]
    if not packed:
        return
    if len(packed) > 1:
        raise InputError(f"compresses {dataset.name[:100]} twice", where=path, fix=_FIX)
    most = math.prod(dataset.chunks) * dataset.dtype.itemsize * 3 // 2 + _SLACK
    free = free_memory()
    harmless = _HARMLESS if free is None else min(_HARMLESS, free // 4)
    skipped = 1 << filters.index(packed[0])

    def check(chunk: Any) -> None:
        if chunk.size <= most and (packed[0] != _DEFLATE or chunk.filter_mask & skipped):
            return
        if chunk.size > most or _inflated(file, chunk, most, harmless) > most:
            raise InputError(
                f"a chunk of {dataset.name[:100]} decodes to more than it holds",
                where=path,
                fix=_FIX,
            )

    with path.open("rb") as file:
        dataset.id.chunk_iter(check)


def _inflated(file: Any, chunk: Any, most: int, harmless: int) -> int:
    """Return how many bytes a chunk inflates to; 0 where that does no harm."""
    if chunk.size * DEFLATE <= harmless:
        return 0
    file.seek(chunk.byte_offset)
    packed = io.BytesIO(file.read(chunk.size))
    return decoded_size("zlib", {}, packed, chunk.size, most, harmless)
