"""Writing the pixel store in Zarr v3: shards of many images, each image read by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.files import flush_all
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen
from phenolens.store.chunks import checksum
from phenolens.store.fingerprint import fingerprint
from phenolens.store.reading import Reading, Workers, read_chunks
from phenolens.store.unreadable import Piece
from phenolens.store.zarr_note import ZarrNote, read_zarr_note, zarr_differences, zarr_note_of
from phenolens.store.zarr_place import ZarrPlace
from phenolens.store.zarr_reader import ARRAY, SOURCES_ARRAY, open_group, open_zarr
from phenolens.store.zarr_table import write_table

_PROGRESS = "progress"  # a group that is there only while the store is written
_SHARD = 2**26  # bytes of pixels in a shard
_LEAST, _MOST = 8, 4096  # images in a shard


def write_zarr(
    screen: Screen,
    where: str | Path,
    workers: Workers,
    progress: Progress = uncounted,
) -> Screen:
    """Write a screen's pixels as Zarr v3, or finish what was begun, and return it opened.

    `docs/stores.md` has the format. A store that is not finished cannot be opened; the same call
    writes the shards that are missing.

    Args:
        screen: What to write.
        where: A local folder, or a URL such as `s3://bucket/plate.zarr`.
        workers: Who reads the images.
        progress: Called with (images done, images in all).

    Raises:
        InputError: Another screen or other files are there, an image cannot be read, the disk is
            too small, or the place cannot be reached.
    """
    place = ZarrPlace(str(where))
    note = zarr_note_of(screen, fingerprint(screen))
    known = _known(place)
    if known is not None and (changed := zarr_differences(known, note)):
        raise InputError(
            f"holds the pixels of another screen ({', '.join(changed)} differ)",
            where=where,
            fix="choose another folder, or delete this one",
        )
    if known is not None and known.complete:
        return open_zarr(where)
    n, bytes_each = len(screen), 2 * len(screen.channels) * int(np.prod(screen.size))
    hashes = None if screen.identify is None else screen.identify(np.arange(n))
    with place.reached(n * bytes_each):
        if known is None or not known.ready:
            group = _started(screen, place, note, hashes)
        else:
            group = open_group(place, mode="r+")
    _fill(screen, group, place, (workers, progress))
    with place.reached(n * bytes_each):
        _finish(group, place, note)
    return open_zarr(where)


def _known(place: ZarrPlace) -> ZarrNote | None:
    """Return what is there already; None: nothing. Something else is refused."""
    files = place.files()
    if not files:
        return None
    refused = InputError(
        f"holds {files[0]}, and is not a pixel store",
        where=place.where,
        fix="name a new folder with --out",
    )
    if "zarr.json" not in files:
        raise refused
    try:
        return read_zarr_note(open_group(place).attrs, place.where)
    except InputError as error:
        raise refused from error


def _started(screen: Screen, place: ZarrPlace, note: ZarrNote, hashes: np.ndarray | None) -> Any:
    """Write everything but the pixels. The first note says that the folder is ours."""
    zarr = import_extra("zarr", needed_by="the format zarr", extra="zarr")
    codecs = import_extra("zarr.codecs", needed_by="the format zarr", extra="zarr")
    group = zarr.create_group(
        place.store(), overwrite=True, zarr_format=3, attributes=note.attributes()
    )
    n, shape = len(screen), (len(screen.channels), *screen.size)
    each = int(np.clip(_SHARD // (2 * int(np.prod(shape))), _LEAST, _MOST))
    group.create_array(
        ARRAY,
        shape=(n, *shape),
        dtype="uint16",
        chunks=(1, *shape),
        shards=(min(each, n), *shape),
        compressors=(codecs.BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle", typesize=2),),
        dimension_names=("image", "channel", "y", "x"),
        config={"write_empty_chunks": True},  # so that a file that is lost is noticed
    )
    write_table(group, screen.meta)
    if hashes is not None:
        group.create_array(SOURCES_ARRAY, data=hashes, chunks=(min(n, 65536), 16))
    progress = group.create_group(_PROGRESS)
    shards = -(-n // min(each, n))
    progress.create_array("done", shape=(shards,), dtype="uint64", chunks=(1,))
    progress.create_array("unreadable", shape=(shards,), dtype="string", chunks=(1,))
    group.update_attributes(replace(note, ready=True).attributes())
    return group


def _fill(screen: Screen, group: Any, place: ZarrPlace, how: tuple[Workers, Progress]) -> None:
    """Write the shards that are missing."""
    workers, progress = how
    pixels, done = group[ARRAY], group[_PROGRESS]["done"]
    pixels = pixels.with_config({"write_empty_chunks": True})
    why, n, each = group[_PROGRESS]["unreadable"], len(screen), group[ARRAY].shards[0]

    def keep(shard: int, piece: Piece) -> None:
        begin = shard * each
        noted = json.dumps(sorted(piece.unreadable.items()))
        mark = checksum(piece.images.data, begin, piece.unreadable)
        with place.reached(n * 2 * int(np.prod(pixels.shape[1:]))):
            pixels[begin : begin + len(piece.images)] = piece.images
            why[shard : shard + 1] = np.array([noted], dtype=object)
            done[shard] = mark

    todo = {
        shard: np.arange(shard * each, min((shard + 1) * each, n))
        for shard, mark in enumerate(done[:].tolist())
        if not (mark and _sound(group, place, shard, mark))
    }
    if place.local is not None:
        for shard in todo:  # zarr would read a damaged one first
            (place.local / ARRAY / "c" / f"{shard}/0/0/0").unlink(missing_ok=True)
    ready = n - sum(map(len, todo.values()))
    for images in read_chunks(Reading.of(screen, place.where), todo, keep, workers):
        ready += images
        progress(ready, n)


def _sound(group: Any, place: ZarrPlace, shard: int, mark: int) -> bool:
    """Return whether a shard is as it was written; one that was sent elsewhere is believed."""
    if place.local is None:
        return True
    each = group[ARRAY].shards[0]
    try:
        images = np.ascontiguousarray(group[ARRAY][shard * each : (shard + 1) * each])
        return checksum(images.data, shard * each, dict(_noted(group, shard))) == mark
    except Exception:  # whatever is wrong with it, it is written again
        return False


def _noted(group: Any, shard: int) -> list[tuple[int, str]]:
    text = str(group[_PROGRESS]["unreadable"][shard]) or "[]"
    return [(int(row), str(why)) for row, why in json.loads(text)]


def _finish(group: Any, place: ZarrPlace, note: ZarrNote) -> None:
    """Say that the store is complete, once everything is on the disk."""
    shards = group[_PROGRESS]["done"].shape[0]
    unreadable = tuple(one for shard in range(shards) for one in _noted(group, shard))
    if place.local is not None:
        for left in place.local.rglob("*.partial"):  # of a process that was killed
            left.unlink()
        flush_all(place.local)
    ended: Mapping[str, Any] = replace(
        note, ready=True, complete=True, unreadable=unreadable
    ).attributes()
    group.update_attributes(ended)
    del group[_PROGRESS]
