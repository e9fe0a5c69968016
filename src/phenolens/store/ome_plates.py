"""A screen as OME-Zarr plates (HCS, version 0.5), for viewers: one `.zarr` per plate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import UInt16

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.files import flush_all, write_text
from phenolens.core.names import file_names
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen, UnreadableImage
from phenolens.core.small_files import read_small
from phenolens.core.space import room
from phenolens.store.fingerprint import fingerprint
from phenolens.store.ome_metadata import (
    OWN,
    chunk_of,
    image_attributes,
    levels_of,
    plate_attributes,
    row_of_image,
    well_attributes,
    well_path,
)
from phenolens.store.reading import Reading, Workers, read_chunks
from phenolens.store.unreadable import Piece

EXPORT = "export.json"  # next to the plates: what is written here, and whether it is complete
_CHUNK = 8  # images that are read together
_LOOKED_AT = 16  # images of a plate that say what a viewer shows
_SIDE = 256  # pixels of each of them, evenly spaced
_SHOWN = (0.1, 99.9)  # percent
_RENAME = "rename the plate in the layout's settings"


def write_plates(
    screen: Screen, folder: Path, workers: Workers, progress: Progress = uncounted
) -> tuple[Screen, tuple[str, ...]]:
    """Write a screen as OME-Zarr plates, or finish what was begun.

    Return the screen of the images that are written, and what was left out. An image is complete
    or absent; the plates get their metadata last, so that nothing opens them before.
    `docs/stores.md` has the format.

    Args:
        screen: What to write.
        folder: A local folder, new or empty; a plate P1 is written to `P1.zarr` in it.
        workers: Who reads the images.
        progress: Called with (images done, images in all).

    Raises:
        InputError: Another screen or other files are there, a plate cannot be the name of a file, a
            well has no row and column, an image cannot be read, or the disk is too small.
    """
    plates = _Plates.of(screen, folder)
    if _begin(folder, plates.made_of):
        unreadable = plates.fill(workers, progress)
        mask = np.zeros(len(screen), dtype=bool)
        mask[list(unreadable)] = True
        kept = screen.leave_out(mask, list(unreadable.values())) if unreadable else screen
        plates.finish(~mask)
        for left in folder.rglob("*.partial"):  # of a process that was killed
            left.unlink()
        flush_all(folder)
        _note(folder, plates.made_of, sorted(unreadable.items()), complete=True)
    else:
        unreadable = {int(row): str(why) for row, why in _known(folder)["unreadable"]}
        mask = np.isin(np.arange(len(screen)), list(unreadable))
        kept = screen.leave_out(mask, list(unreadable.values())) if unreadable else screen
    return kept, kept.left_out or ()


def unfinished(folder: Path) -> bool:
    """Return whether plates are being written into a folder, or were when it was stopped."""
    try:
        return _known(folder).get("complete") is False
    except InputError:
        return False


@dataclass(frozen=True, slots=True, eq=False)
class _Plates:
    """The plates of a screen.

    Attributes:
        screen: The screen.
        folder: Where they are written.
        made_of: Its fingerprint.
        images: Path of the group of each image, below the folder.
    """

    screen: Screen
    folder: Path
    made_of: str
    images: tuple[str, ...]

    @classmethod
    def of(cls, screen: Screen, folder: Path) -> _Plates:
        meta = screen.meta
        plates, wells = meta["plate"].astype(str), meta["well"].astype(str)
        file_names(list(dict.fromkeys(plates)), "plate", _RENAME)
        paths = {well: well_path(well) for well in wells.unique()}
        number = meta.groupby([plates, wells], sort=False, observed=True).cumcount()
        images = (
            f"{plate}.zarr/{paths[well]}/{place}"
            for plate, well, place in zip(plates, wells, number, strict=True)
        )
        return cls(screen, folder, fingerprint(screen), tuple(images))

    def fill(self, workers: Workers, progress: Progress) -> dict[int, str]:
        """Write the images that are missing; return which cannot be read, and why."""
        rows = np.array([r for r, path in enumerate(self.images) if not self._there(path)])
        chunks = {
            int(part[0]): part
            for part in np.split(rows, range(_CHUNK, len(rows), _CHUNK))
            if len(part)
        }
        windows = self._windows() if chunks else {}
        plates = self.screen.meta["plate"].astype(str).to_numpy()
        unreadable: dict[int, str] = {}
        size = 2 * len(self.screen) * len(self.screen.channels) * int(np.prod(self.screen.size))

        def keep(first: int, piece: Piece) -> None:
            unreadable.update(piece.unreadable)
            for row, image in zip(chunks[first].tolist(), piece.images, strict=True):
                if row not in piece.unreadable:
                    with room(self.folder, size):
                        self._write(row, image, windows[plates[row]])

        done = len(self.screen) - len(rows)
        for images in read_chunks(Reading.of(self.screen, self.folder), chunks, keep, workers):
            done += images
            progress(done, len(self.screen))
        return unreadable

    def finish(self, written: np.ndarray) -> None:
        """Write the metadata of wells and plates, for the images that are there."""
        zarr = import_extra("zarr", needed_by="OME-Zarr", extra="zarr")
        meta = self.screen.meta[written]
        paths = pd.Series(self.images)[written]
        own = {
            "level": self.screen.level,
            "history": list(self.screen.history),
            "rescale": self.screen.rescale and dict(_fields(self.screen.rescale)),
        }
        by_plate: dict[str, dict[str, list[str]]] = {}
        for plate, well, path in zip(meta["plate"], meta["well"], paths, strict=True):
            by_plate.setdefault(str(plate), {}).setdefault(str(well), []).append(path)
        for wells in by_plate.values():
            for images in wells.values():
                names = [path.rpartition("/")[2] for path in images]
                well = self.folder / images[0].rpartition("/")[0]
                zarr.open_group(well.parent, mode="a", zarr_format=3)  # the row
                group = zarr.open_group(well, mode="a", zarr_format=3)
                group.update_attributes(well_attributes(names))
        for plate, wells in by_plate.items():
            most = max(map(len, wells.values()))
            group = zarr.open_group(self.folder / f"{plate}.zarr", mode="a", zarr_format=3)
            group.update_attributes(plate_attributes(plate, list(wells), most, own))

    def _there(self, path: str) -> bool:
        """Return whether an image is written: its metadata are written last."""
        try:
            found = json.loads(read_small(self.folder / path / "zarr.json"))
            return OWN in found["attributes"]
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            return False

    def _windows(self) -> dict[str, dict[str, tuple[float, float]]]:
        """Return plate -> channel -> the counts that a viewer shows as black and full colour."""
        plates = self.screen.meta["plate"].astype(str).to_numpy()
        found = {}
        for plate in dict.fromkeys(plates):
            its = np.flatnonzero(plates == plate)
            chosen = its[np.unique(np.linspace(0, len(its) - 1, _LOOKED_AT).astype(int))]
            images = [image for row in chosen[:, None] for image in self._readable(row)]
            stack = np.stack(images) if images else np.zeros((1, len(self.screen.channels), 1, 1))
            stack = stack[..., :: -(-stack.shape[2] // _SIDE), :: -(-stack.shape[3] // _SIDE)]
            low, high = np.percentile(stack, _SHOWN, axis=(0, 2, 3))
            found[plate] = {
                name: (float(low[c]), float(max(high[c], low[c] + 1)))
                for c, name in enumerate(self.screen.channels)
            }
        return found

    def _readable(self, row: np.ndarray) -> list[UInt16[np.ndarray, "c h w"]]:
        try:
            return [self.screen.read(row)[0]]
        except UnreadableImage:
            if self.screen.left_out is None:
                raise
            return []

    def _write(
        self, row: int, image: UInt16[np.ndarray, "c h w"], shown: Mapping[str, tuple[float, float]]
    ) -> None:
        """Write an image: its levels, then, once they are on the disk, its metadata."""
        zarr = import_extra("zarr", needed_by="OME-Zarr", extra="zarr")
        codecs = import_extra("zarr.codecs", needed_by="OME-Zarr", extra="zarr")
        group = zarr.create_group(self.folder / self.images[row], overwrite=True, zarr_format=3)
        levels = levels_of(self.screen.size)
        for level in range(levels):
            chunks = (1, *(chunk_of(side) for side in image.shape[1:]))
            shards = [
                -(-side // chunk) * chunk for side, chunk in zip(image.shape, chunks, strict=True)
            ]
            array = group.create_array(
                str(level),
                shape=image.shape,
                dtype="uint16",
                chunks=chunks,
                shards=tuple(shards),
                compressors=(
                    codecs.BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle", typesize=2),
                ),
                dimension_names=("c", "y", "x"),
                config={"write_empty_chunks": True},
            )
            array[:] = image
            image = _halved(image) if level + 1 < levels else image
        flush_all(self.folder / self.images[row])
        about = {"image": row, "row": row_of_image(self.screen.meta, row)}
        size = self.screen.pixel_size
        size = None if size is None or np.isnan(size) else size
        group.update_attributes(image_attributes(about, levels, size, shown))


def _halved(image: UInt16[np.ndarray, "c h w"]) -> UInt16[np.ndarray, "c h2 w2"]:
    """Return the mean of each 2 x 2 pixels, rounded; an odd last row or column is left out."""
    c, h, w = image.shape
    blocks = image[:, : h // 2 * 2, : w // 2 * 2].reshape(c, h // 2, 2, w // 2, 2)
    return ((blocks.sum(axis=(2, 4), dtype=np.uint32) + 2) // 4).astype(np.uint16)


def _fields(rule: Any) -> Mapping[str, Any]:
    return {name: getattr(rule, name) for name in rule.__dataclass_fields__}


def _begin(folder: Path, made_of: str) -> bool:
    """Return whether there is something to write; refuse what belongs to somebody else."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    fix = "name a new folder with --out"
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file, and plates need a folder", where=folder, fix=fix)
    if not files:
        _note(folder, made_of, (), complete=False)
        return True
    if not (folder / EXPORT).is_file():
        raise InputError(f"holds {files[0].name}, and no {EXPORT}", where=folder, fix=fix)
    known = _known(folder)
    if known.get("fingerprint") != made_of:
        raise InputError("holds the plates of another screen", where=folder, fix=fix)
    return not known.get("complete")


def _note(folder: Path, made_of: str, unreadable: Any, *, complete: bool) -> None:
    about = {"format": "ome_zarr", "fingerprint": made_of, "unreadable": list(unreadable)}
    write_text(folder / EXPORT, json.dumps({**about, "complete": complete}, indent=1))


def _known(folder: Path) -> Mapping[str, Any]:
    """Return what is known of the plates in a folder; InputError where nothing is."""
    try:
        found = json.loads(read_small(folder / EXPORT))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("is missing or damaged", where=folder / EXPORT) from error
    if not isinstance(found, dict) or found.get("format") != "ome_zarr":
        raise InputError("is not that of OME-Zarr plates", where=folder / EXPORT)
    return found
