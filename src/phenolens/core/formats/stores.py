"""What a `.zarr` folder or an HDF5 file asks for besides its own bytes, before it is opened.

A zarr array names the codecs that decode it, and one of numcodecs' codecs unpickles, which runs
code. A store may also point to other files of this computer, whose content would be read as data,
and a few bytes of it may decode to any number.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.formats.decoded import HARMLESS
from phenolens.core.formats.hdf5_chunks import check_chunks
from phenolens.core.formats.memory import refuse_larger
from phenolens.core.formats.zarr_arrays import Array
from phenolens.core.formats.zarr_chunks import check_chunk
from phenolens.core.formats.zarr_documents import ATTRIBUTES, DOCUMENTS, Attributes, Stated, state
from phenolens.core.inside import inside
from phenolens.core.small_files import MOST_BYTES

_CHUNK = re.compile(r"c|[c\d.]*\d")


def check_zarr(folder: Path) -> dict[str, int]:
    """Refuse a `.zarr` folder that runs code, leaves the folder or holds more than it says.

    Returns:
        The arrays of which chunks are missing, and how many: zarr reads those as one value, which
        is right where a writer left out chunks that have no other.

    Raises:
        InputError: A codec is not known, a link leads out of the folder, a document disagrees with
            another, or a chunk decodes to more than its array holds: names the file. Or its arrays
            are larger than the memory that is free.
    """
    stated: dict[Path, list[Stated]] = {}
    text = 0
    attributes: Attributes = {}
    there: Counter[Path] = Counter()
    places: list[tuple[Path, tuple[Array, ...], Path]] = [(folder, (), folder)]
    while places:
        place, above, root = places.pop()
        with os.scandir(place) as found:
            entries = list(found)
        names = {entry.name for entry in entries}
        for name in (name for name in (*DOCUMENTS, *ATTRIBUTES) if name in names):
            _refuse_special(place / name, folder)
            state(place / name, folder, stated, attributes)
        _refuse_larger(sum(max(one.array.size for one in same) for same in stated.values()))
        arrays = (*above, *(one.array for one in stated.get(place, ())))
        root = place if place in stated else root
        for entry in entries:
            path = place / entry.name
            if entry.is_dir(follow_symlinks=False):
                places.append((path, arrays, root))
            elif entry.name in DOCUMENTS or (length := _refuse_special(path, folder)) is None:
                continue
            elif arrays and _CHUNK.fullmatch(entry.name):
                there[root] += 1
                text += max(check_chunk(path, array.chunk, length) for array in arrays)
                _refuse_larger(text)
    lost = {place: same[0].array.chunks - there[place] for place, same in stated.items()}
    return {str(place.relative_to(folder)): count for place, count in lost.items() if count > 0}


def _refuse_larger(size: int) -> None:
    """Compare a size with the free memory, where it is worth the look."""
    if size > HARMLESS:
        refuse_larger(size)


def _refuse_special(path: Path, folder: Path) -> int | None:
    """Return the size of a file; None: a link to nothing.

    Raises:
        InputError: It is a pipe, a socket or a device, a link to a folder, or leads elsewhere.
    """
    if path.is_symlink():
        inside(path, [folder], folder)
        if not path.exists():
            return None
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise InputError("is not a file", where=path, fix="copy or export the store again")
    return found.st_size


def check_hdf5(path: Path) -> None:
    """Refuse an HDF5 file that takes values from other files.

    Raises:
        InputError: It does: names the place in it. Or its arrays are larger than the memory that is
            free.
    """
    import h5py

    size = 0
    with h5py.File(path) as file:
        seen: set[int] = set()
        groups = [file]
        while groups:
            group = groups.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise _other_file(path, f"{group.name}/{name}", link.filename)
                if not isinstance(link, h5py.HardLink):
                    continue
                found = group[name]
                if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
                    raise _other_file(path, found.name, "another file")
                if isinstance(found, h5py.Dataset):
                    size += _size_of(path, found)
                    check_chunks(path, found)
                place = h5py.h5o.get_info(found.id).addr  # a group may be in itself
                if isinstance(found, h5py.Group) and place not in seen:
                    seen.add(place)
                    groups.append(found)
    refuse_larger(size)


def _size_of(path: Path, found: Any) -> int:
    """Return the bytes of a dataset; text is decoded, so it is in memory twice."""
    item: int = found.dtype.itemsize
    if item > MOST_BYTES:
        raise InputError(
            f"has {item:,} bytes for each value of {found.name[:100]}, and {MOST_BYTES:,} are the "
            "most that are read",
            where=path,
            fix="copy or export it again",
        )
    return int(found.size or 0) * item * (2 if found.dtype.kind == "S" else 1)


def _other_file(path: Path, name: str, other: str) -> InputError:
    return InputError(
        f"takes {name[:100]} from {other[:100]}",
        where=path,
        fix="write it again as one file that holds all of its values",
    )
