"""Files of settings and notes: read whole, and therefore not larger than such a file can be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from phenolens.core.errors import InputError

MOST_BYTES = 64 * 2**20  # of a recipe, a card or a note: a thousand times what they have


def read_small(path: Path) -> str:
    """Return the text of a file of settings or a note: UTF-8, every end of a line as one newline.

    Raises:
        InputError: As `small_bytes`.
        OSError: It cannot be read.
        UnicodeDecodeError: It is not UTF-8.
    """
    text = small_bytes(path).decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file that grows line by line, none longer than such a file can be.

    What is not UTF-8 is replaced: a kill may have cut a line short.

    Raises:
        InputError: A line is longer than `MOST_BYTES`.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        while line := file.readline(MOST_BYTES + 1):
            if len(line) > MOST_BYTES:
                raise _too_large(path)
            yield line.decode("utf-8", "replace").rstrip("\r\n")


def small_bytes(path: Path) -> bytes:
    """Return the content of a file of settings or a note.

    Raises:
        InputError: It is larger than `MOST_BYTES`: it is not read, whatever memory there is.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        # To read takes memory for all that is asked for, so no more than what is there.
        content = file.read(min(os.fstat(file.fileno()).st_size, MOST_BYTES) + 1)
    if len(content) > MOST_BYTES:
        raise _too_large(path)
    return content


def _too_large(path: Path) -> InputError:
    return InputError(
        f"has more than {MOST_BYTES // 2**20} MB, which is too much for settings or a note",
        where=path,
        fix="name the file that is meant",
    )
