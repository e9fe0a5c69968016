"""What gives a store its pixels: the files of a screen, or an earlier store that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Semaphore

import numpy as np
from jaxtyping import Bool

from phenolens.core.errors import InputError
from phenolens.core.screen import Identify, Images, Read, Rows, Screen, UnreadableImage
from phenolens.store.cluster import on_cluster
from phenolens.store.earlier import Earlier
from phenolens.store.looks import Look
from phenolens.store.unreadable import Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Who reads: threads of this process, or the workers of a cluster.

    Attributes:
        threads: Chunks that are read in parallel in this process.
        dask: Address of a Dask scheduler, whose workers read instead; empty: none.
    """

    threads: int = 2
    dask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """Rows of a screen -> pixels and, where images may be left out, which cannot be read.

    Attributes:
        read: What reads the pixels, through the pixel steps.
        identify: Hashes of the files, as `Screen.identify`.
        shape: (channel, height, width) of an image.
        lenient: Whether images that cannot be read are left out: zeros, with a reason.
        where: The store, for messages.
        earlier: A store that has some of the pixels.
        look: What is measured of each image while its pixels are in memory.
    """

    read: Read
    identify: Identify | None
    shape: tuple[int, int, int]
    lenient: bool
    where: Path | str
    earlier: Earlier | None = field(default=None)
    look: Look | None = None

    @classmethod
    def of(
        cls,
        screen: Screen,
        where: Path | str,
        earlier: Earlier | None = None,
        look: Look | None = None,
    ) -> Reading:
        """Return what reads a screen."""
        return cls(
            read=screen.read,
            identify=screen.identify,
            shape=(len(screen.channels), *screen.size),
            lenient=screen.left_out is not None,
            where=where,
            earlier=earlier,
            look=look,
        )

    def __call__(self, rows: Rows) -> Piece:
        """Return the pixels of these rows, read in this process.

        Raises:
            InputError: An image cannot be read, and may not be left out; or it is of another size.
        """
        there = self.has(rows)
        if not there.any():
            return self.from_files(rows)
        rest = self.from_files(rows[~there]) if not there.all() else None
        return self.joined(rows, rest)

    def has(self, rows: Rows) -> Bool[np.ndarray, " n"]:
        """Return which of these images the earlier store has."""
        if self.earlier is None:
            return np.zeros(len(rows), dtype=bool)
        return self.earlier.has(rows)

    def joined(self, rows: Rows, rest: Piece | None) -> Piece:
        """Return the pixels of these rows: those of the earlier store, and the rest of them.

        Args:
            rows: The rows.
            rest: Pixels of those that the earlier store does not have; None: it has all.
        """
        if self.earlier is None:
            return rest or Piece(np.empty((0, *self.shape), dtype=np.uint16))
        there = self.earlier.has(rows)
        images = np.empty((len(rows), *self.shape), dtype=np.uint16)
        images[there] = self.earlier.read(rows[there])
        if rest is None:
            return Piece(images)
        images[~there] = rest.images
        return Piece(images, rest.unreadable)

    def from_files(self, rows: Rows) -> Piece:
        """Return the pixels of these rows, without the earlier store."""
        try:
            return Piece(self.checked(self.read(rows)))
        except UnreadableImage:
            if not self.lenient:
                raise
        parts = [self._one(row) for row in rows[:, None]]
        images = np.concatenate([part.images for part in parts])
        return Piece(images, {r: why for part in parts for r, why in part.unreadable.items()})

    def looked_at(self, piece: Piece) -> Piece:
        """Return a piece with its records, measured here where a worker has not done it."""
        if self.look is None or piece.looks is not None:
            return piece
        return replace(piece, looks=self.look(piece.images))

    def checked(self, images: Images) -> Images:
        """Return images as they are written; those of another shape are refused.

        Raises:
            InputError: They are.
        """
        if images.shape[1:] != self.shape:
            what = f"the screen gives pixels of shape {images.shape}"
            expected = (len(images), *self.shape)
            raise InputError(f"{what}, expected {expected}", where=self.where)
        return np.ascontiguousarray(images, dtype="<u2")

    def _one(self, row: Rows) -> Piece:
        try:
            return Piece(self.checked(self.read(row)))
        except UnreadableImage as error:
            zeros = np.zeros((1, *self.shape), dtype=np.uint16)
            return Piece(zeros, {int(row[0]): f"{error.where}: {error.what}"})


def read_chunks(
    reading: Reading,
    chunks: Mapping[int, Rows],
    keep: Callable[[int, Piece], None],
    workers: Workers,
) -> Iterator[int]:
    """Read chunks in parallel and keep each; yield how many images it has, once it is kept.

    Args:
        reading: What is read.
        chunks: Number of a chunk -> its rows.
        keep: Writes a chunk; called from several threads of this process, in any order.
        workers: Who reads.

    Raises:
        InputError: An image cannot be read; or the cluster cannot be used.
    """
    if workers.dask:
        for number, piece in on_cluster(workers.dask, reading, chunks):
            keep(number, reading.looked_at(piece))
            yield len(chunks[number])
        return

    gate = Semaphore(workers.threads)

    def done(number: int) -> int:
        with gate:
            piece = reading.looked_at(reading(chunks[number]))
        keep(number, piece)  # a further chunk is read while this one waits for the disk
        return len(chunks[number])

    with ThreadPoolExecutor(workers.threads + 1) as pool:
        try:
            yield from pool.map(done, chunks)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # else all other chunks are written first
            raise
