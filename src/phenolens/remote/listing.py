"""What a server lists below an address: its files, each with size and mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from http.client import NOT_FOUND
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.progress import Say, silent
from phenolens.remote.address import Address
from phenolens.remote.pages import is_inside, walked
from phenolens.remote.requests import tried

AT_ONCE = 16  # requests: they wait for the network, not for a processor
_PAGE = "after-call.s3.ListObjectsV2"  # an event of botocore
_MARKS = ("ETag", "LastModified", "Last-Modified", "mtime")

Entry = tuple[int | None, str]  # size, and what changes with the content


def listed(address: Address, only: Sequence[str], say: Say = silent) -> dict[str, Entry]:
    """Return the files that a server lists below an address: path below it -> size and mark.

    Args:
        address: The folder.
        only: Patterns of paths below it; empty: all.
        say: Called with how many folders and files were listed so far, often.

    Raises:
        InputError: It cannot be listed as a whole, or holds no file that fits.
    """
    system, path = address.system()
    found: dict[str, Entry] = {}
    for start in _starts(only):
        below = (_linked if address.is_web else _found)(address, system, path, start, say)
        found |= {n: e for n, e in below if not only or any(fnmatchcase(n, o) for o in only)}
    if not found:
        what = "lists no file" + (f" that fits {', '.join(only)}" if only else "")
        raise InputError(what, where=address.shown, fix="check the address and the patterns")
    unknown = [name for name, (size, _) in found.items() if size is None]
    if unknown:  # a page of links says nothing of its files
        with ThreadPoolExecutor(AT_ONCE) as pool:
            about = pool.map(partial(_about, address, system, path), unknown)
            for done, (name, entry) in enumerate(zip(unknown, about, strict=True), start=1):
                found[name] = entry
                say(f"asked for the sizes of {done:,} of {len(unknown):,} files")
    return dict(sorted(found.items()))


def shown(address: Address, name: str) -> str:
    """Return the address of a file as messages show it."""
    return f"{address.shown.rstrip('/')}/{name}"


def _found(
    address: Address, system: Any, path: str, start: str, say: Say
) -> Iterator[tuple[str, Entry]]:
    """Yield the files of a store of objects below a folder."""
    below = f"{path}/{start}".rstrip("/")
    with _pages_counted(system, say):
        found = tried(lambda: system.find(below, detail=True), address.shown)
    for whole, about in found.items():
        name = str(whole)[len(path) :].lstrip("/")
        if is_inside(name) and not name.endswith("/"):
            yield name, _entry(about)


@contextmanager
def _pages_counted(system: Any, say: Say) -> Iterator[None]:
    """Say after every page of S3, of 1,000 objects, how many were listed so far."""
    client = getattr(system, "s3", None)
    if client is None:
        yield
        return
    folders, files = set[str](), 0

    def page(parsed: dict[str, Any], **_: object) -> None:
        nonlocal files
        keys = [str(one["Key"]) for one in parsed.get("Contents", ())]
        folders.update(key.rpartition("/")[0] for key in keys)
        files += len(keys)
        say(f"listed {len(folders):,} folders, {files:,} files")

    client.meta.events.register(_PAGE, page)
    try:
        yield
    finally:
        client.meta.events.unregister(_PAGE, page)


def _linked(
    address: Address, system: Any, path: str, start: str, say: Say
) -> Iterator[tuple[str, Entry]]:
    """Yield the files that the pages of a folder, and of those below it, link to."""

    def page_of(folder: str) -> bytes:
        ask = partial(system.cat_file, address.at(path, folder))
        return bytes(tried(ask, shown(address, folder)))

    def count(folders: int, files: int) -> None:
        say(f"listed {folders:,} folders, {files:,} files")

    url = f"{address.shown.rstrip('/')}/"
    for name in walked(page_of, url, f"{start}/" if start else "", AT_ONCE, count):
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
        return tried(ask, shown(address, name))
    except InputError:
        return None, ""


def _starts(only: Iterable[str]) -> Iterator[str]:
    """Yield the folders that hold what patterns fit."""
    folders = {one.split("*")[0].split("?")[0].split("[")[0].rpartition("/")[0] for one in only}
    yield from sorted(folders or {""})


def _entry(about: dict[str, Any]) -> Entry:
    size = about.get("size")
    mark = next((about[key] for key in _MARKS if about.get(key)), "")
    return (int(size) if size is not None else None, str(mark).strip('"'))
