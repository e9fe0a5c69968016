"""Another table for a store whose images are the same: its metadata are replaced, no pixel is."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.files import written
from phenolens.core.inside import literal
from phenolens.core.screen import Screen
from phenolens.store.fingerprint import fingerprint
from phenolens.store.note import META, SOURCES, Note, checksum_of, differences, note_of, read_note

# Where an image is from: a table that says otherwise is not of the same images.
_PLACE = ("plate", "well", "site", "scene", "cell", "z", "time", "timepoint")


# Steps whose pixels do not depend on the table, but for plates and wells.
_FREE = frozenset({"flag_quality", "illumination", "resize", "select_channels"})


def replace_table(screen: Screen, folder: Path) -> list[str]:
    """Replace the table of a store that holds the images of a screen in the same order.

    It holds them if its channels, size and pixel steps are the screen's, and row by row the hash
    of the image's files (`sources.npy`) and its place: plate, well, site, z, time. Then the
    pixels, finished or not, are those that the screen would write. Where any of it differs, or the
    store is damaged, nothing is done: whoever writes says why.

    The note is written first, with the checksum of the new table. A kill before the table leaves
    one that does not match its note: such a store is not opened. Called again, with that table or
    any other of these images, this completes it.

    Args:
        screen: With the new table; without pixel steps that may depend on it, as `where`.
        folder: Of the store.

    Returns:
        The columns that were added, taken away (with a minus before the name) or changed; empty:
        nothing was replaced.
    """
    known = _known(screen, folder)
    if known is None:
        return []
    try:
        before = pd.read_parquet(literal(folder / META))
    except Exception:  # Arrow raises many kinds; a damaged table is named when it is written
        return []
    place = [name for name in _PLACE if name in before or name in screen.meta]
    columns = [*before, *(name for name in screen.meta if name not in before)]
    changed = [name for name in columns if not _equal(before, screen.meta, name)]
    stopped = (known.sums or {}).get(META) != checksum_of(folder / META)
    same = not changed and list(before) == list(screen.meta) and not stopped
    if same or set(place) & set(changed) or not _same_files(screen, folder, known):
        return []
    content = io.BytesIO()
    screen.meta.to_parquet(content)
    table = content.getvalue()
    sums = {**(known.sums or {}), META: hashlib.sha256(table).hexdigest()}
    replace(known, fingerprint=fingerprint(screen), sums=sums).write(folder)
    with written(folder / META) as partial:
        partial.write_bytes(table)
    gone = set(before) - set(screen.meta)
    return [f"-{name}" if name in gone else str(name) for name in changed or columns]


def _known(screen: Screen, folder: Path) -> Note | None:
    """Return the note of a store that may hold these images; None: it does not."""
    try:
        known = read_note(folder)
    except InputError:  # damaged: named when it is written
        return None
    free = all(entry["step"] in _FREE for entry in screen.history)
    if known is None or not known.ready or not free or screen.identify is None:
        return None
    asked = note_of(screen, known.fingerprint, known.made_by, known.chunk)
    sums = known.sums or {}
    whole = sums.get(SOURCES) == checksum_of(folder / SOURCES)
    return known if whole and not differences(known, asked) else None


def _equal(one: pd.DataFrame, other: pd.DataFrame, name: str) -> bool:
    """Return whether two tables have the same column; missing values are equal."""
    if name not in one or name not in other or len(one) != len(other):
        return False
    a, b = (table[name].astype(object).to_numpy() for table in (one, other))
    missing = pd.isna(a) & pd.isna(b)
    return bool(np.all(missing | (a.astype(str) == b.astype(str))))


def _same_files(screen: Screen, folder: Path, known: Note) -> bool:
    kept = np.load(folder / SOURCES)
    rows = np.arange(known.images)
    return screen.identify is not None and np.array_equal(kept, screen.identify(rows))
