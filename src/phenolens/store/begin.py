"""Beginning a pixel store, or finding one that can be used: what is damaged is made again."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.files import written as written_file
from phenolens.core.screen import Screen
from phenolens.core.space import reserve
from phenolens.store.chunks import sound
from phenolens.store.note import (
    AGAIN,
    COUNTS,
    DONE,
    FILES,
    LEARNED,
    LOOKS,
    META,
    NOTE,
    PIXELS,
    SOURCES,
    UNREADABLE,
    Note,
    checksum_of,
    damage,
    differences,
    marks,
    read_note,
)
from phenolens.store.unreadable import keep_unreadable

LOG = logging.getLogger("phenolens")


def begin(screen: Screen, folder: Path, note: Note) -> Note:
    """Return the note of a store that is complete, or can be filled; begin it where it cannot.

    Raises:
        InputError: The folder holds the store of another screen, or something else.
    """
    for name in FILES:
        if (folder / name).is_dir():
            what = "is a folder, and a file of the pixel store has its name"
            raise InputError(what, where=folder / name, fix="move it away")
    try:
        known = read_note(folder)
    except InputError as error:
        LOG.warning("%s: %s; %s", error.where, error.what, AGAIN)
        return _start(screen, folder, note)
    if known is None:
        foreign = [name for name in FILES if (folder / name).exists()]
        if foreign:
            raise InputError(
                f"holds {foreign[0]}, but no {NOTE} that says what it is",
                where=folder,
                fix="move it away, or delete it if it is a damaged pixel store",
            )
        return _start(screen, folder, note)
    if changed := differences(known, note):
        named = ["images or metadata" if name == "fingerprint" else name for name in changed]
        raise InputError(
            f"holds the pixels of another screen ({', '.join(named)} differ)",
            where=folder,
            fix="give the settings and tables as before, choose another folder, or delete this one",
        )
    return _checked(screen, folder, known) if known.ready else _start(screen, folder, note)


def _checked(screen: Screen, folder: Path, known: Note) -> Note:
    """Return the note of a store of this screen, after what is damaged was begun anew."""
    if (known.sums or {}).get(META, "") != checksum_of(folder / META):
        LOG.warning("%s: is damaged; %s", folder / META, AGAIN)
        known = replace(known, sums={**(known.sums or {}), META: _write_meta(screen, folder)})
        known.write(folder)
    wrong = damage(folder, known)
    if not wrong:
        try:
            wrong = _check_chunks(folder, known)
        except InputError as error:
            wrong = f"{error.where}: {error.what}"
    if not wrong:
        return known
    LOG.warning("%s; %s", wrong, AGAIN)
    return _start(screen, folder, replace(known, ready=False, complete=False, unreadable=()))


def _check_chunks(folder: Path, known: Note) -> str:
    """Return what is wrong with the pixels of a finished store; mark chunks to be made again."""
    good = sound(folder, known)
    if known.complete:
        return "" if good.all() else f"{folder / PIXELS}: is damaged (its content has changed)"
    written = marks(folder, known)
    lost = int((written != 0).sum() - good.sum())
    if lost:
        what = "is damaged in %d of %d chunks; they will be made again"
        LOG.warning(f"%s: {what}", folder / PIXELS, lost, known.chunks)
        with written_file(folder / DONE) as partial:
            np.save(partial, np.where(good, written, 0).astype(np.uint64))
    # A chunk that was not finished is read again: perhaps its images can be read by now.
    keep_unreadable(folder, lambda row: 0 <= row < known.images and good[row // known.chunk])
    return ""


def _start(screen: Screen, folder: Path, note: Note) -> Note:
    """Write the files of a store, without pixels. The first note says that the folder is ours."""
    note.write(folder)
    for name in (DONE, UNREADABLE, SOURCES, LOOKS, COUNTS, *LEARNED):
        (folder / name).unlink(missing_ok=True)
    size = 2 * int(np.prod(note.shape))
    with (folder / PIXELS).open("wb") as file:
        header = {"descr": "<u2", "fortran_order": False, "shape": note.shape}
        np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]
        begin = file.tell()
    reserve(folder / PIXELS, begin + size)
    sums = {META: _write_meta(screen, folder)}
    if screen.identify is not None:
        with written_file(folder / SOURCES) as partial:
            np.save(partial, screen.identify(np.arange(len(screen))))
        sums[SOURCES] = checksum_of(folder / SOURCES)
    with written_file(folder / DONE) as partial:
        np.save(partial, np.zeros(note.chunks, dtype=np.uint64))
    note = replace(note, sums=sums, ready=True)
    note.write(folder)  # from here on the store can be resumed
    return note


def _write_meta(screen: Screen, folder: Path) -> str:
    """Write the table of a store; return its checksum."""
    with written_file(folder / META) as partial:
        screen.meta.to_parquet(partial)
    return checksum_of(folder / META)
