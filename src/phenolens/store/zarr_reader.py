"""Reading the pixel store in Zarr v3."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.screen import Images, Rows, Screen
from phenolens.store.zarr_note import KEY, ZarrNote, read_zarr_note
from phenolens.store.zarr_place import ZarrPlace, is_url
from phenolens.store.zarr_table import read_table

ARRAY, SOURCES_ARRAY = "pixels", "sources"
_REQUESTS = 16  # images of a URL that are asked for at a time


@dataclass(slots=True)
class ZarrStoreReader:
    """Rows -> pixels of a store, opened on first use (so that it pickles).

    Attributes:
        where: Path or URL of the store.
    """

    where: str
    _pixels: Any = field(default=None, repr=False)

    def __call__(self, rows: Rows) -> Images:
        """Return the pixels of these rows.

        Raises:
            InputError: A shard is damaged, or the place cannot be reached.
        """
        if self._pixels is None:
            self._pixels = open_group(ZarrPlace(self.where))[ARRAY]
        if len(rows) and np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows))):
            return self._part(slice(int(rows[0]), int(rows[0]) + len(rows)))
        # One by one: zarr's selections of many places take up to ten times as long.
        images = np.empty((len(rows), *self._pixels.shape[1:]), dtype=np.uint16)
        if not is_url(self.where):
            for place, row in enumerate(rows.tolist()):
                images[place] = self._part(row)
            return images
        with ThreadPoolExecutor(_REQUESTS) as pool:
            for place, image in enumerate(pool.map(self._part, rows.tolist())):
                images[place] = image
        return images

    def _part(self, rows: Any) -> Any:
        try:
            return np.asarray(self._pixels[rows], dtype=np.uint16)
        except Exception as error:  # codecs and places raise many kinds
            what = f"images {rows} cannot be read: {type(error).__name__}: {error}"
            raise InputError(what, where=self.where, fix="write the store again") from error

    def __getstate__(self) -> tuple[str]:
        return (self.where,)

    def __setstate__(self, state: tuple[str]) -> None:
        self.where, self._pixels = state[0], None


def is_zarr_store(where: str | Path) -> bool:
    """Return whether a pixel store in Zarr is there, finished or not."""
    place = ZarrPlace(str(where))
    if place.local is not None and not (place.local / "zarr.json").is_file():
        return False
    try:
        return KEY in open_group(place).attrs
    except InputError:
        return False


def open_zarr(where: str | Path) -> Screen:
    """Return a finished store in Zarr as a Screen.

    Args:
        where: A local folder, or a URL.

    Raises:
        InputError: There is none, it is not finished, a shard is missing, or it does not have the
            form that `docs/stores.md` describes.
    """
    place = ZarrPlace(str(where))
    group = open_group(place)
    note = read_zarr_note(group.attrs, str(where))
    if not note.complete:
        raise InputError("no finished pixel store", where=where, fix="prepare it again to resume")
    meta = read_table(group, str(where))
    pixels = _pixels(group, note, len(meta), place)
    shards = -(-len(meta) // (pixels.shards or pixels.chunks)[0])
    names = place.files(f"{ARRAY}/c")
    found = sum(name.replace("/", "").isdecimal() for name in names)
    if found < shards:
        what = f"{shards - found} of {shards} files of its pixels are missing"
        raise InputError(what, where=where, fix="copy or write it again")
    screen = Screen(
        meta=meta,
        channels=note.channels,
        read=ZarrStoreReader(str(where)),
        size=(pixels.shape[2], pixels.shape[3]),
        level=note.level,
        pixel_size=note.pixel_size,
        history=note.history,
        rescale=note.rule(),
        left_out=note.leave_out if note.leave_out is not None or not note.unreadable else (),
    )
    if not note.unreadable:
        return screen
    if any(not 0 <= row < len(screen) for row, _ in note.unreadable):
        raise InputError("leaves out rows that it does not have", where=where)
    mask = np.zeros(len(screen), dtype=bool)
    mask[[row for row, _ in note.unreadable]] = True
    return screen.leave_out(mask, [why for _, why in note.unreadable])


def zarr_sources(where: str | Path) -> tuple[ZarrNote, int, np.ndarray | None]:
    """Return the note of a store, how many images its files have, and the hash of each.

    There are hashes where the screen of the store knew its files.
    """
    group = open_group(ZarrPlace(str(where)))
    sources = group[SOURCES_ARRAY][:] if SOURCES_ARRAY in group else None
    return read_zarr_note(group.attrs, str(where)), int(group[ARRAY].shape[0]), sources


def open_group(place: ZarrPlace, mode: str = "r") -> Any:
    """Return the group at a place.

    Raises:
        InputError: There is none.
    """
    zarr = import_extra("zarr", needed_by="the format zarr", extra="zarr")
    try:
        store = place.store(read_only=mode == "r")
        return zarr.open_group(store, mode=mode, zarr_format=3)
    except (FileNotFoundError, ValueError, TypeError, KeyError, OSError) as error:
        if isinstance(error, InputError):
            raise
        what = f"is not a Zarr group that can be opened ({type(error).__name__}: {error})"
        raise InputError(what, where=place.where) from error


def _pixels(group: Any, note: ZarrNote, rows: int, place: ZarrPlace) -> Any:
    """Return the array of pixels; InputError where it does not fit the rest."""
    if ARRAY not in group:
        raise InputError(f"has no array '{ARRAY}'", where=place.where)
    pixels = group[ARRAY]
    expected = (rows, len(note.channels))
    if pixels.ndim != 4 or pixels.shape[:2] != expected or str(pixels.dtype) != "uint16":
        what = f"its pixels are {pixels.dtype} of shape {pixels.shape}, expected uint16 of "
        what += f"({rows} images, {len(note.channels)} channels, height, width)"
        raise InputError(what, where=place.where)
    return pixels
