"""A pixel store that `phenolens prepare` or others wrote, in an array or in Zarr."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Integer, UInt8, UInt16

from phenolens.core.errors import InputError
from phenolens.core.inside import permitted
from phenolens.core.roles import with_roles, without_derived
from phenolens.core.screen import Screen
from phenolens.images.contents import Contents
from phenolens.images.planes import odd_planes
from phenolens.images.plate_tables import lay_tables_over
from phenolens.images.problem import Problem
from phenolens.images.signature import signature
from phenolens.screens.base import ReadAtOnce, Recognised
from phenolens.screens.image_folder import ImageFolder
from phenolens.store.note import NOTE, PIXELS, SOURCES, read_note
from phenolens.store.pixel_store import open_store, prepare
from phenolens.store.zarr_reader import is_zarr_store, open_zarr, zarr_sources

_PLACE = ("plate", "well", "site", "scene", "cell", "z", "time", "timepoint")  # joined on


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared(ReadAtOnce):
    """A pixel store, or one in Zarr: its table, channels and pixels.

    `phenolens prepare` writes them; `docs/stores.md` says how others can write one in Zarr.

    Attributes:
        store: Folder of the store below the root; empty: the root itself.
        table: A metadata table (a path, or a glob below the store), joined on plate and well, or on
            well alone for a platemap that serves every plate, or a list of them, one per plate;
            for metadata that came later: they replace columns of the store with the same names.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the images may be without a row in the table.
    """

    store: str = ""
    table: str | tuple[str, ...] = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that the files of a store are there."""
        in_zarr = contents.zarrs == (".",) and is_zarr_store(contents.root)
        if not in_zarr and not {NOTE, PIXELS} <= set(contents.files):
            return None
        return Recognised(certainty=0.99, why="it is a pixel store of phenolens", layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> Prepared:
        """Write the store of the example of `image_folder`."""
        with tempfile.TemporaryDirectory() as images:
            layout = ImageFolder.fake(Path(images), size=size, seed=seed)
            prepare(layout(Path(images)), root, threads=1)
        return cls()

    def _of_image(
        self, image: UInt16[np.ndarray, "c h w"], row: int, screen: Screen, root: Path
    ) -> Iterator[Problem]:
        """Yield a note for every plane of one value, and for equal channels."""
        for _, kind, what in odd_planes(image, screen.channels):
            yield Problem(kind, str(root), None, f"{what} (image {row})", serious=False)

    def _read(self, root: Path) -> tuple[Screen, list[Problem]]:
        root = permitted(self.store, root / self.store, "store") if self.store else root
        store = open_zarr(root) if is_zarr_store(root) else open_store(root)
        screen = replace(store, identify=_Hashes.of(root))
        if not self.table:
            return screen, []
        old = without_derived(screen.meta)
        place = [name for name in _PLACE if name in old]
        laid, problems = lay_tables_over(
            old[place], root, self.table, self.columns, allow_unmatched=self.allow_unmatched
        )
        kept = old.drop(columns=[name for name in old if name in laid])
        meta = with_roles(without_derived(pd.concat([laid, kept], axis=1)))
        return replace(screen, meta=meta), problems


@dataclass(frozen=True, slots=True, eq=False)
class _Hashes:
    """Rows -> a hash of each image: that of its files when it was prepared, with the store's."""

    made: str
    sources: UInt8[np.ndarray, "n 16"] | None
    kept: Integer[np.ndarray, " k"]

    @classmethod
    def of(cls, root: Path) -> _Hashes:
        if is_zarr_store(root):
            about, images, hashes = zarr_sources(root)
            left = [row for row, _ in about.unreadable]
            kept = np.setdiff1d(np.arange(images), left)
            return cls(about.fingerprint or _content(root), hashes, kept)
        note = read_note(root)
        if note is None:
            raise InputError("no pixel store", where=root)
        unreadable = [row for row, _ in note.unreadable]
        kept = np.setdiff1d(np.arange(note.images), unreadable)
        path = root / SOURCES
        return cls(note.fingerprint, np.load(path) if path.is_file() else None, kept)

    def __call__(self, rows: Integer[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 16"]:
        """Return the hashes of these rows."""
        hashes = np.empty((len(rows), 16), dtype=np.uint8)
        for place, row in enumerate(self.kept[rows].tolist()):
            own = str(row).encode() if self.sources is None else self.sources[row].tobytes()
            digest = hashlib.sha256(self.made.encode() + b"\0" + own).digest()[:16]
            hashes[place] = np.frombuffer(digest, dtype=np.uint8)
        return hashes


def _content(root: Path) -> str:
    """Return a hash of the files of a store whose writer left no fingerprint."""
    digest = hashlib.sha256()
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + signature(path))
    return digest.hexdigest()
