"""ProfileTable: a table of profiles made elsewhere, and the tables that describe its rows."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from phenolens.core.columns import with_roles
from phenolens.core.errors import InputError, nearest
from phenolens.core.inside import permitted
from phenolens.core.join import join
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.core.stack import stack


@dataclass(frozen=True, kw_only=True)
class ProfileTable:
    """A table of profiles made elsewhere, and the tables that describe its rows.

    Attributes:
        table: File of profiles in any format that can be read, relative to the root; several
            files, or a glob (`plates/BR*.csv.gz`), become one table with all their rows.
        join: Metadata tables, joined one after the other on the columns shared so far. Only
            columns that the shared columns determine are added.
        columns: Our name -> the tables' own name, if the convention is not enough.
        batch_of_plate: Regular expression with one group that finds the batch in a plate's name.
        where: Query on the metadata that selects rows. Empty: all rows.
        rows: The metadata of an `.npy`, relative to the root. Empty: the table of its name.
    """

    table: str | tuple[str, ...]
    join: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    batch_of_plate: str = ""
    where: str = ""
    rows: str = ""

    def load(self, root: Path) -> Profiles:
        """Return the profiles with all their metadata.

        Each join and the query are entries of the provenance. Rows without a match are counted
        there and in the log.

        Raises:
            InputError: A file is absent, the tables' features differ, there is no column to join
                on, or no row matches.
        """
        rows = str(root / self.rows) if self.rows else ""
        paths = self.paths(root)
        parts = [Profiles.load(path, self.columns, rows) for path in paths]
        return self.complete(stack(parts, [_shown(path, root) for path in paths]), root)

    def complete(self, profiles: Profiles, root: Path) -> Profiles:
        """Return profiles that were read in another way, with the joined metadata added.

        Raises:
            InputError: As `load`.
        """
        meta, chain = profiles.meta, list(profiles.provenance)
        for name in self.join:
            meta, facts = join(meta, root / name)
            chain.append({"step": "join", "file": Path(name).name, **facts})
        meta = with_roles(meta)
        if self.batch_of_plate:
            if "plate" not in meta:
                raise InputError(
                    "batch_of_plate needs a column 'plate'",
                    fix=nearest("plate", meta.columns, "the table has"),
                )
            meta["batch"] = batch_of_plate(meta["plate"], self.batch_of_plate)
        profiles = replace(profiles, meta=meta, provenance=tuple(chain))
        if not self.where:
            return profiles
        selected = profiles.take(matching(profiles.meta, self.where))
        entry = {
            "step": "where",
            "query": self.where,
            "rows_in": len(meta),
            "rows_out": len(selected),
        }
        return replace(selected, provenance=(*selected.provenance, entry))

    def paths(self, root: Path) -> list[Path]:
        """Return the files without repeats; those of a glob are sorted by name.

        Raises:
            InputError: A glob matches no file.
        """
        files: dict[Path, None] = {}
        for name in (self.table,) if isinstance(self.table, str) else self.table:
            path = permitted(name, root / name, "profiles.table")
            if path.exists() or not glob.has_magic(name):
                files[path] = None
                continue
            matched = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 -- absolute too
            if not matched:
                raise InputError("no file matches", where=path)
            files |= {permitted(name, Path(one), "profiles.table"): None for one in matched}
        return list(files)


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def batch_of_plate(plates: pd.Series, pattern: str) -> pd.Series:
    """Return the batch that a regular expression with one group finds in each plate's name.

    Raises:
        InputError: The expression is invalid, or does not match a plate's name.
    """
    try:
        found = plates.astype(str).str.extract(re.compile(pattern), expand=True).iloc[:, 0]
    except (re.error, ValueError) as error:
        raise InputError(
            f"{pattern!r} is not a regular expression with one group: {error}"
        ) from error
    if found.isna().any():
        plate = plates[found.isna()].iloc[0]
        raise InputError(f"{pattern!r} finds no batch in the plate name '{plate}'")
    return found
