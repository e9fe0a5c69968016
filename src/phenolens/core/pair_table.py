"""PairTable: pairs of names from a file, read where a recipe is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.origin import sha256_of


@dataclass(frozen=True, kw_only=True)
class PairTable:
    """A table of two columns of names, one pair a row.

    Read once, when it is made: a metric that holds it works on the pairs and opens no file. Its
    fingerprint is a setting that fills itself in, so that a resolved recipe is another one where
    the file has changed, and a recipe that states it refuses a changed file.

    Attributes:
        file: CSV, TSV or parquet; relative to the folder the program runs in.
        one: Column of one name; EFAAR_benchmarking's tables say `entity1`.
        other: Column of the other.
        sha256: Fingerprint of the file; empty: whatever it is.
        pairs: What was read, in the order of the file.
    """

    file: str
    one: str = "entity1"
    other: str = "entity2"
    sha256: str = ""
    pairs: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        path = Path(self.file)
        if not path.is_file():
            raise InputError("no such file", where=path)
        told = sha256_of(path)
        if self.sha256 not in ("", told):
            raise InputError(
                f"has changed: its sha256 is {told}",
                where=path,
                fix="put the file back, or leave sha256 out to take the new one",
            )
        object.__setattr__(self, "sha256", told)
        object.__setattr__(self, "pairs", self._read(path))

    def _read(self, path: Path) -> tuple[tuple[str, str], ...]:
        try:
            if path.suffix == ".parquet":
                table = pd.read_parquet(path)
            else:
                tabs = path.name.removesuffix(".gz").endswith(".tsv")
                table = pd.read_csv(path, sep="\t" if tabs else ",", dtype=str)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read as a table: {error}", where=path) from error
        for name in (self.one, self.other):
            if name not in table.columns:
                raise InputError(f"no column '{name}'", where=path, fix=nearest(name, table))
        both = table[[self.one, self.other]].dropna().astype(str)
        return tuple(both.itertuples(index=False, name=None))
