"""PairTable: pairs of names from a file, read together with the recipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.npy import table_of
from phenolens.core.formats.origin import sha256_of
from phenolens.core.inside import permitted
from phenolens.core.reading.blanks import stripped
from phenolens.core.reading.ids import id_text


@dataclass(frozen=True, kw_only=True)
class PairTable:
    """A table of two columns of names, one pair per row.

    The file is read once, when the object is created: a metric that has it opens no file. The
    fingerprint is filled in if it is not given, so that a resolved recipe differs once the file
    has changed, and a recipe with a fingerprint refuses a changed file.

    Attributes:
        file: CSV, TSV or parquet; relative to the folder the program runs in.
        one: Column of the first name; `entity1` in the tables of EFAAR_benchmarking.
        other: Column of the second name.
        sha256: Expected fingerprint of the file; empty: not checked.
        pairs: The pairs, in the order of the file.
    """

    file: str
    one: str = "entity1"
    other: str = "entity2"
    sha256: str = ""
    pairs: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        path = permitted(self.file, where="table.file")
        if not path.is_file():
            raise InputError("no such file", where=path)
        actual = sha256_of(path)
        if self.sha256 not in ("", actual):
            raise InputError(
                f"has changed: its sha256 is {actual}",
                where=path,
                fix="restore the file, or remove sha256 to accept the new one",
            )
        object.__setattr__(self, "sha256", actual)
        object.__setattr__(self, "pairs", self._read(path))

    def _read(self, path: Path) -> tuple[tuple[str, str], ...]:
        try:
            table, _ = stripped(table_of(path))
        except InputError as error:
            raise error.at(path) from error
        for name in (self.one, self.other):
            if name not in table.columns:
                raise InputError(
                    f"no column '{name}'", where=path, fix=nearest(name, table, "the table has")
                )
        both = pd.DataFrame({name: id_text(table[name]) for name in (self.one, self.other)})
        return tuple(both.dropna().itertuples(index=False, name=None))
