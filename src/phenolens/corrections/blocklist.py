"""Blocklist: a file of feature names, of which only those that a table has are ever written out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from phenolens.core.errors import InputError
from phenolens.core.formats.origin import sha256_of
from phenolens.core.inside import permitted
from phenolens.core.small_files import read_small

MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, kw_only=True)
class Blocklist:
    """A file with one name or pattern (`*`, `?`) per line.

    The file is read once, when the object is made. What a recipe, a table or a report then says of
    it is its path, its fingerprint and how many names it has, never its lines: it may be another
    file than its author thought.

    Attributes:
        file: With or without the heading `blocklist`; relative to the folder the program runs in.
        sha256: Expected fingerprint; empty: not checked.
        names: The names, in the order of the file.
    """

    file: str
    sha256: str = ""
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        path = permitted(self.file, where="blocklist")
        if not path.is_file():
            raise InputError(
                "no such file",
                where=path,
                fix="a blocklist is a file with one name per line, or a list of names and patterns",
            )
        if path.stat().st_size > MOST_BYTES:
            raise InputError("is too large for a list of names", where=path)
        actual = sha256_of(path)
        if self.sha256 not in ("", actual):
            raise InputError(
                f"has changed: its sha256 is {actual}",
                where=path,
                fix="restore the file, or remove sha256 to accept the new one",
            )
        object.__setattr__(self, "sha256", actual)
        object.__setattr__(self, "names", _read(path))

    def __str__(self) -> str:
        return f"{self.file} ({len(self.names)} names, sha256 {self.sha256})"


def _read(path: Path) -> tuple[str, ...]:
    try:
        lines = read_small(path).removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("is not a file of text", where=path) from error
    names = tuple(name for line in lines if (name := line.strip().strip('"')))
    names = names[1:] if names and names[0] == "blocklist" else names
    if not names:
        raise InputError("this blocklist holds no name", where=path)
    return names
