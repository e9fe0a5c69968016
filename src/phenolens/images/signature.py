"""The signature of a file: a hash of its size and some of its bytes, cheap for many large files."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

from phenolens.core.mirror import mirror_of

_PART = 4096  # bytes: what a disk reads at once


def signature(path: Path, parts: int = 3) -> bytes:
    """Return a hash of a file's size and its first, middle and last 4 KiB, 16 bytes long.

    It notices an image that was exported, corrected or compressed again, truncated, or replaced by
    another; not a few pixels that were changed elsewhere in a file of the same size. Name, place
    and times are not in it: a copied folder has the same signatures.

    Args:
        path: The file.
        parts: How many parts of it are read, evenly spaced; more where one file holds many images.

    Raises:
        OSError: The file cannot be read.
    """
    if found := mirror_of(path):
        mirror, name = found
        return mirror.signature(name)
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(errno.ENOENT, "is not a file", path)
    with path.open("rb", buffering=0) as file:
        size = file.seek(0, 2)
        digest = hashlib.sha256(size.to_bytes(8, "little"))
        last = max(0, size - _PART)
        for begin in dict.fromkeys(last * i // (parts - 1) for i in range(parts)):
            file.seek(begin)
            digest.update(file.read(_PART))
    return digest.digest()[:16]
