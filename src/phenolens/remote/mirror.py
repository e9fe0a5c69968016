"""A folder on a server as a local one: tables and index files copied, images as names alone."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from http.client import NOT_FOUND
from pathlib import Path
from typing import Any

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.files import write_text, written
from phenolens.core.mirror import register
from phenolens.core.progress import Progress, uncounted
from phenolens.core.small_files import read_small
from phenolens.images.read import SUFFIXES
from phenolens.remote.address import Address
from phenolens.remote.pages import is_inside, walked
from phenolens.remote.requests import tried

LISTING = ".phenolens-remote.json"
# What index files, tables and their compressed forms end with; other files are not copied.
TABLES = (
    *(".csv", ".tsv", ".txt", ".gz", ".parquet", ".xml", ".json"),
    *(".htd", ".mlf", ".mrf", ".mes", ".xdce"),
)
_LARGEST = 64 << 20  # bytes of a file that is copied
_AT_ONCE = 16  # requests: they wait for the network, not for a processor

_MARKS = ("ETag", "LastModified", "Last-Modified", "mtime")

Entry = tuple[int | None, str]  # size, and what changes with the content


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

    def holds(self, name: str) -> bool:
        """Return whether this is an image of the server's."""
        return name in self.files

    def fetch(self, name: str) -> bytes:
        """Return the content of a file; what is shorter or longer than listed is asked again.

        Raises:
            InputError: It cannot be had.
        """
        if self._system is None:
            self._system, self._path = self.address.system()
        size = self.files[name][0]

        def ask() -> bytes:
            content = bytes(self._system.cat_file(self.address.at(self._path, name)))
            if size is not None and len(content) != size:
                raise ConnectionError(f"{len(content)} bytes came, {size} were listed")
            return content

        return tried(ask, _shown(self.address, name))

    def signature(self, name: str) -> bytes:
        """Return 16 bytes that change with the size or the mark of a file."""
        return hashlib.sha256(json.dumps(self.files[name]).encode()).digest()[:16]


def mirrored(
    url: str, folder: Path, only: Sequence[str] = (), progress: Progress = uncounted
) -> Path:
    """Return a local folder in the place of one on a server; images are fetched when read.

    The listing is made once and kept: a resumed process asks for what is missing.

    Args:
        url: `s3://...` or `https://...`.
        folder: The local folder.
        only: Patterns of paths below the address; empty: all.
        progress: Called with (tables copied, tables in all).

    Raises:
        InputError: The address cannot be opened or holds nothing, the folder holds something else,
            or a table cannot be fetched.
    """
    address = Address(url)
    asked = {"address": address.shown, "only": list(only)}
    known = _known(folder, asked)
    if known is None:
        known = {**asked, "files": _listed(address, only)}
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / LISTING, json.dumps(known))
    files: dict[str, Entry] = {name: (size, mark) for name, (size, mark) in known["files"].items()}
    images = {name: entry for name, entry in files.items() if name.lower().endswith(SUFFIXES)}
    mirror = RemoteMirror(folder, address, images)
    for name in images:
        place = folder / name
        try:
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
        except OSError as error:  # too long, or also the name of a folder
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


def _listed(address: Address, only: Sequence[str]) -> dict[str, Entry]:
    """Return the files that a server lists below an address."""
    system, path = address.system()
    found: dict[str, Entry] = {}
    for start in _starts(only):
        below = (_linked if address.is_web else _found)(address, system, path, start)
        found |= {n: e for n, e in below if not only or any(fnmatchcase(n, o) for o in only)}
    if not found:
        what = "lists no file" + (f" that fits {', '.join(only)}" if only else "")
        raise InputError(what, where=address.shown, fix="check the address and the patterns")
    unknown = [name for name, (size, _) in found.items() if size is None]
    if unknown:  # a page of links says nothing of its files
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            known = pool.map(partial(_about, address, system, path), unknown)
            found |= dict(zip(unknown, known, strict=True))
    return dict(sorted(found.items()))


def _found(address: Address, system: Any, path: str, start: str) -> Iterator[tuple[str, Entry]]:
    """Yield the files of a store of objects below a folder."""
    below = f"{path}/{start}".rstrip("/")
    for whole, about in tried(lambda: system.find(below, detail=True), address.shown).items():
        name = str(whole)[len(path) :].lstrip("/")
        if is_inside(name) and not name.endswith("/"):
            yield name, _entry(about)


def _linked(address: Address, system: Any, path: str, start: str) -> Iterator[tuple[str, Entry]]:
    """Yield the files that the pages of a folder, and of those below it, link to."""

    def page_of(folder: str) -> bytes:
        ask = partial(system.cat_file, address.at(path, folder))
        return bytes(tried(ask, _shown(address, folder)))

    url = f"{address.shown.rstrip('/')}/"
    for name in walked(page_of, url, f"{start}/" if start else "", _AT_ONCE):
        yield name, (None, "")


def _about(address: Address, system: Any, path: str, name: str) -> Entry:
    """Return what a server says of one file; nothing where that fails: it may be had when read."""

    def ask() -> Entry:
        try:
            return _entry(system.info(address.at(path, name)))
        except FileNotFoundError as error:  # fsspec says this of whatever fails
            cause = error.__cause__
            if cause is None or getattr(cause, "status", None) == NOT_FOUND:
                raise
            raise cause from None

    try:
        return tried(ask, _shown(address, name))
    except InputError:
        return None, ""


def _no_name(address: Address, name: str, error: OSError) -> InputError:
    what = f"cannot be a file on this disk: {error.strerror}"
    return InputError(what, where=_shown(address, name), fix="leave it out with --only")


def _shown(address: Address, name: str) -> str:
    return f"{address.shown.rstrip('/')}/{name}"


def _starts(only: Iterable[str]) -> Iterator[str]:
    """Yield the folders that hold what patterns fit."""
    folders = {one.split("*")[0].split("?")[0].split("[")[0].rpartition("/")[0] for one in only}
    yield from sorted(folders or {""})


def _entry(about: dict[str, Any]) -> Entry:
    size = about.get("size")
    mark = next((about[key] for key in _MARKS if about.get(key)), "")
    return (int(size) if size is not None else None, str(mark).strip('"'))


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
    both = RemoteMirror(mirror.root, mirror.address, files)

    def copy(name: str) -> None:
        content = both.fetch(name)
        target = mirror.root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_name(mirror.address, name, error) from error
        with written(target) as partial:
            partial.write_bytes(content)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(copy, wanted), start=1):
            progress(done, len(wanted))
