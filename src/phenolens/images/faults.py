"""What is wrong with the image files of a screen: damaged, of another kind, without content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from jaxtyping import UInt16

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.mirror import mirror_of
from phenolens.core.reading.place import named_place
from phenolens.images.files import ImageFiles
from phenolens.images.planes import odd_planes
from phenolens.images.problem import Problem
from phenolens.images.read import Header, read_header, read_image
from phenolens.images.reader import fits

T = TypeVar("T")
_BITS = {"uint8": "8-bit", "uint16": "16-bit"}


@dataclass(frozen=True, slots=True, eq=False)
class _Files:
    """The files of a screen, and the names of their rows and channels."""

    files: ImageFiles
    meta: pd.DataFrame
    channels: Sequence[str]

    def problem(self, kind: str, row: int, column: int, error: InputError) -> Problem:
        """Return a problem of one file with plate, well, site and channel."""
        place, _ = named_place(self.meta, row)
        channel = self.channel(column)
        shown = channel and "channel" not in error.what
        names = ", ".join(name for name in (place, f"channel {channel}" * bool(shown)) if name)
        what = f"{error.what} ({names})" if names else error.what
        named = InputError(what, where=error.where, fix=error.fix)
        return self.files.problem(kind, row, named)

    def note(self, kind: str, row: int, column: int, what: str) -> Problem:
        """Return a note of one file: it can be read."""
        where = self.files.root / self.files.paths[row, column]
        return replace(
            self.problem(kind, row, column, InputError(what, where=where)), serious=False
        )

    def channel(self, column: int) -> str:
        """Return the channel of a file; empty where a file has all."""
        one_each = self.files.paths.shape[1] == len(self.channels) > 1
        return self.channels[column] if one_each else ""


def faults(
    files: ImageFiles, meta: pd.DataFrame, channels: Sequence[str], *, pixels: bool
) -> Iterator[Problem]:
    """Yield the problems of the files that exist: unreadable, truncated, of another shape.

    What most files have is taken for right. Notes name files of fewer bits than the others of their
    channel and, with `pixels`, planes of one value and channels that are equal.

    Args:
        files: The files of a screen.
        meta: One row per row of files.
        channels: Their names; may be empty.
        pixels: Whether to decode every image too, not only its header.
    """
    screen = _Files(files, meta, channels)
    headers: dict[tuple[int, int], Header] = {}
    there = np.flatnonzero(~files.absent().any(axis=1)).tolist()
    if there and not pixels and mirror_of(files.root / files.paths[there[0], 0]):
        return  # each would be fetched for its header: they are looked at when they are read
    for row in there:
        for column, name in enumerate(files.paths[row]):
            try:
                headers[row, column] = read_header(files.root / name, files.frame(row))
            except InputError as error:
                yield screen.problem("unreadable image", row, column, error)
    if not headers:
        return
    odd = list(_of_another_shape(screen, headers))
    yield from odd
    yield from _of_fewer_bits(screen, headers)
    if pixels:
        yield from _in_pixels(screen, sorted({row for row, _ in headers}), headers)


def _of_another_shape(screen: _Files, headers: dict[tuple[int, int], Header]) -> Iterator[Problem]:
    wanted = _most(header.size for header in headers.values())
    given = screen.files.channels
    each = (
        _most(header.channels for header in headers.values())
        if given is None
        else given // screen.files.paths.shape[1]
    )
    for (row, column), header in headers.items():
        kind = "wrong size" if header.size != wanted else "wrong channels"
        file = screen.files.root / screen.files.paths[row, column]
        try:
            fits(header, Header(each, wanted, header.dtype), file)
        except InputError as error:
            yield screen.problem(kind, row, column, error)


def _of_fewer_bits(screen: _Files, headers: dict[tuple[int, int], Header]) -> Iterator[Problem]:
    """Yield a note for every image whose bits are not those of most of its channel."""
    for column in range(screen.files.paths.shape[1]):
        of_channel = {row: h.dtype for (row, c), h in headers.items() if c == column}
        counts = Counter(of_channel.values())
        if len(counts) < 2:  # all alike
            continue
        usual = _most(of_channel.values())
        for row, dtype in of_channel.items():
            if dtype != usual:
                others = count_of(counts[usual], "other image is", "other images are")
                what = f"is {_BITS[dtype]}, {others} {_BITS[usual]}"
                yield screen.note("other bits", row, column, what)


def _in_pixels(
    screen: _Files, rows: Iterable[int], headers: dict[tuple[int, int], Header]
) -> Iterator[Problem]:
    """Yield what only the pixels show: damage, planes of one value, equal channels."""
    width = screen.files.paths.shape[1]
    for row in rows:
        planes: list[UInt16[np.ndarray, "channel height width"]] = []
        for column in (c for c in range(width) if (row, c) in headers):
            try:
                file = screen.files.root / screen.files.paths[row, column]
                planes.append(read_image(file, screen.files.frame(row)))
            except InputError as error:
                yield screen.problem("unreadable image", row, column, error)
        if len(planes) == width and len({plane.shape[1:] for plane in planes}) == 1:
            file_of = [column for column in range(width) for _ in planes[column]]
            for plane, kind, what in odd_planes(np.concatenate(planes), screen.channels):
                yield screen.note(kind, row, file_of[plane], what)


def _most(values: Iterable[T]) -> T:
    """Return the most frequent value, the first of those that are equally frequent."""
    return Counter(values).most_common(1)[0][0]
