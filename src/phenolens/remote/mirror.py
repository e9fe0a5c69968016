"""A folder on a server as a local one: tables and index files copied, images as names alone."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.mirror import register
from phenolens.core.progress import Progress, Say, silent, uncounted
from phenolens.core.small_files import read_small
from phenolens.images.read import SUFFIXES
from phenolens.images.reader import of_the_file
from phenolens.remote.address import Address
from phenolens.remote.listing import AT_ONCE, Entry, listed, shown
from phenolens.remote.requests import tried

LISTING = ".phenolens-remote.json"
# What index files, tables and their compressed forms end with; other files are not copied.
TABLES = (
    *(".csv", ".tsv", ".txt", ".gz", ".parquet", ".xml", ".json"),
    *(".htd", ".mlf", ".mrf", ".mes", ".xdce"),
)
_LARGEST = 64 << 20  # bytes of a file that is copied
# The first images that are fetched, for their headers and to time them, stay in the folder: they
# are read again with the others, and by a process that resumes.
_KEPT, _KEPT_BYTES = 48, 256 << 20


@dataclass(slots=True)
class RemoteMirror:
    """The local folder of a folder on a server.

    Attributes:
        root: The folder.
        address: Where its images are.
        files: Path below the root -> its size and mark, of every image.
    """

    root: Path
    address: Address
    files: dict[str, Entry]
    _system: Any = field(default=None, repr=False)
    _path: str = field(default="", repr=False)
    _failed: dict[str, InputError] = field(default_factory=dict, repr=False)
    _kept: dict[str, int] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def holds(self, name: str) -> bool:
        """Return whether this is an image of the server's."""
        return name in self.files

    def fetch(self, name: str) -> bytes:
        """Return the content of an image: one of the first from the folder, others anew.

        A file that could not be had is not asked for again in this process.

        Raises:
            InputError: It cannot be had.
        """
        if known := self._failed.get(name):
            raise InputError(known.what, where=known.where, fix=known.fix) from known.__cause__
        if name in self._kept:
            return (self.root / name).read_bytes()
        try:
            content = self.download(name)
        except InputError as error:
            if of_the_file(error):  # not the connection of all
                self._failed[name] = error
            raise
        self._keep(name, content)
        return content

    def download(self, name: str) -> bytes:
        """Return the content of a file from the server.

        Raises:
            InputError: It cannot be had, or is not as long as listed.
        """
        if self._system is None:
            self._system, self._path = self.address.system()
        size = self.files[name][0]

        def ask() -> bytes:
            content = bytes(self._system.cat_file(self.address.at(self._path, name)))
            if size is not None and len(content) != size:
                raise ConnectionError(f"{len(content)} bytes came, {size} were listed")
            return content

        return tried(ask, shown(self.address, name))

    def found(self, name: str, size: int) -> None:
        """Take what is in the folder for the content of an image, if it has the listed size."""
        if size and size == self.files[name][0]:
            self._kept[name] = size

    def _keep(self, name: str, content: bytes) -> None:
        """Put one of the first images in the place of its empty file."""
        with self._lock:
            size = len(content)
            full = len(self._kept) >= _KEPT or sum(self._kept.values()) + size > _KEPT_BYTES
            if full or size != self.files[name][0] or name in self._kept:
                return
            with written(self.root / name) as partial:
                partial.write_bytes(content)
            self._kept[name] = size

    def signature(self, name: str) -> bytes:
        """Return 16 bytes that change with the size or the mark of a file."""
        return hashlib.sha256(json.dumps(self.files[name]).encode()).digest()[:16]


def mirrored(
    url: str,
    folder: Path,
    only: Sequence[str] = (),
    progress: Progress = uncounted,
    say: Say = silent,
) -> Path:
    """Return a local folder in the place of one on a server; images are fetched when read.

    The listing is made once and kept: a resumed process asks for what is missing.

    Args:
        url: `s3://...` or `https://...`.
        folder: The local folder.
        only: Patterns of paths below the address; empty: all.
        progress: Called with (tables copied, tables in all).
        say: Called with how many folders and files were listed so far, often.

    Raises:
        InputError: The address cannot be opened or holds nothing, the folder holds something else,
            or a table cannot be fetched.
    """
    address = Address(url)
    asked = {"address": address.shown, "only": list(only)}
    known = _known(folder, asked)
    if known is None:
        known = {**asked, "files": listed(address, only, say)}
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / LISTING, json.dumps(known))
    files: dict[str, Entry] = {name: (size, mark) for name, (size, mark) in known["files"].items()}
    images = {name: entry for name, entry in files.items() if name.lower().endswith(SUFFIXES)}
    mirror = RemoteMirror(folder, address, images)
    for name in images:
        place = folder / name
        try:
            mirror.found(name, place.stat().st_size)
        except FileNotFoundError:
            _make(place, address, name)
        except OSError as error:  # too long, or below a file
            raise _no_name(address, name, error) from error
    _copy(mirror, files, progress)
    register(mirror)
    return folder


def _known(folder: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the listing that is there.

    Raises:
        InputError: It is of another address, or the folder is somebody's.
    """
    path = folder / LISTING
    fix = "name another --out, or delete this folder"
    if not path.is_file():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("is not the copy of a server's folder", where=folder, fix=fix)
        return None
    try:
        known = dict(json.loads(read_small(path)))
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError("is damaged", where=path, fix="delete the folder") from error
    if {key: known.get(key) for key in asked} != asked:
        raise InputError(f"is the copy of {known.get('address')}", where=folder, fix=fix)
    return known


def _make(place: Path, address: Address, name: str) -> None:
    """Make the empty file of an image."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    except OSError as error:  # also the name of a folder
        raise _no_name(address, name, error) from error


def _no_name(address: Address, name: str, error: OSError) -> InputError:
    what = f"cannot be a file on this disk: {error.strerror}"
    return InputError(what, where=shown(address, name), fix="leave it out with --only")


def _copy(mirror: RemoteMirror, files: dict[str, Entry], progress: Progress) -> None:
    """Copy index files and tables that are not there yet."""
    wanted = [
        name
        for name, (size, _) in files.items()
        if name not in mirror.files
        and name.lower().endswith(TABLES)
        and not os.path.isfile(mirror.root / name)  # noqa: PTH113  # False for a name too long
    ]
    large = [name for name in wanted if (files[name][0] or 0) > _LARGEST]
    if large:
        what = f"has {count_of(len(large), 'table')} of more than {_LARGEST >> 20} MB, not copied"
        fix = "name what is needed with --only, or copy the folder first"
        raise InputError(f"{what}: {large[0]}", where=mirror.address.shown, fix=fix)
    tables = RemoteMirror(mirror.root, mirror.address, files)

    def copy(name: str) -> None:
        content = tables.download(name)
        target = mirror.root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_name(mirror.address, name, error) from error
        with written(target) as partial:
            partial.write_bytes(content)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(copy, wanted), start=1):
            progress(done, len(wanted))
