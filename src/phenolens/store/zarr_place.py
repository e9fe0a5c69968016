"""Where a Zarr hierarchy is: a local folder, or a URL that fsspec opens (`s3://`, `memory://`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.space import room

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NEEDED_BY = "the format zarr"


def is_url(where: str | Path) -> bool:
    """Return whether a place is a URL rather than a local path.

    Example:
        >>> is_url("s3://bucket/plate.zarr"), is_url("C:/plate.zarr"), is_url("plate.zarr")
        (True, False, False)
    """
    return isinstance(where, str) and bool(_URL.match(where))


@dataclass(frozen=True, slots=True)
class ZarrPlace:
    """A place of a Zarr hierarchy.

    Attributes:
        where: Path or URL.
    """

    where: str

    @property
    def local(self) -> Path | None:
        """The folder; None where it is a URL."""
        return None if is_url(self.where) else Path(self.where)

    def store(self, *, read_only: bool = False) -> Any:
        """Return zarr's store of it.

        Raises:
            InputError: zarr, or what opens the URL, is not installed.
        """
        storage = import_extra("zarr.storage", needed_by=_NEEDED_BY, extra="zarr")
        if self.local is not None:
            return storage.LocalStore(self.local.absolute(), read_only=read_only)
        with self.reached():
            return storage.FsspecStore.from_url(self.where, read_only=read_only)

    def files(self, below: str = "") -> list[str]:
        """Return the names of all files, or of those in a folder below."""
        if self.local is not None:
            top = self.local / below
            return sorted(p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file())
        fsspec = import_extra("fsspec.core", needed_by=_NEEDED_BY, extra="zarr")
        with self.reached():
            system, path = fsspec.url_to_fs(f"{self.where.rstrip('/')}/{below}".rstrip("/"))
            system.invalidate_cache()
            begin = len(path.rstrip("/")) + 1
            return sorted(name[begin:] for name in system.find(path))

    @contextmanager
    def reached(self, size: int = 0) -> Iterator[None]:
        """Name the place in errors of the disk or the network.

        Args:
            size: Bytes that are written in all.

        Raises:
            InputError: There is no room; or the place cannot be reached.
        """
        if self.local is not None:
            with room(self.local, size):
                yield
            return
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # each kind of place has its own errors
            raise InputError(
                f"cannot be read or written: {type(error).__name__}: {error}",
                where=self.where,
                fix="check the address, the rights and the connection (s3:// needs s3fs); then run "
                "the same command again to resume",
            ) from error
