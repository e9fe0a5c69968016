"""Joining metadata tables to a profile table, by the columns they share."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from phenolens.core.columns import to_ours, with_roles
from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.core.stack import stack


@dataclass(frozen=True, kw_only=True)
class ProfileTable:
    """A table of profiles made elsewhere, and the tables that say what its rows are.

    Attributes:
        table: File of profiles, relative to the root; several, or a glob (`plates/BR*.csv.gz`),
            become one table of all their rows.
        join: Metadata tables, joined one after the other on the columns shared so far. Of each,
            only what these columns determine is taken.
        columns: Our name -> the tables' own name, where the convention is not enough.
        batch_of_plate: Regular expression with one group that finds the batch in a plate's name.
        where: Query on the metadata: the rows kept. Empty: all.
    """

    table: str | tuple[str, ...]
    join: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    batch_of_plate: str = ""
    where: str = ""

    def load(self, root: Path) -> Profiles:
        """Return the profiles with all their metadata.

        Raises:
            InputError: A file is absent, the tables' features differ, there is nothing to join on,
                or no row of it matches.
        """
        paths = self.paths(root)
        parts = [Profiles.load(path, self.columns) for path in paths]
        profiles = stack(parts, [str(path) for path in paths])
        meta = profiles.meta
        for name in self.join:
            meta = join(meta, root / name)
        meta = with_roles(meta)
        if self.batch_of_plate:
            if "plate" not in meta:
                raise InputError(
                    "batch_of_plate needs a column 'plate'", mend=nearest("plate", meta.columns)
                )
            meta["batch"] = batch_of_plate(meta["plate"], self.batch_of_plate)
        profiles = replace(profiles, meta=meta)
        if not self.where:
            return profiles
        return profiles.take(matching(profiles.meta, self.where))

    def paths(self, root: Path) -> list[Path]:
        """Return the files, each once; those of a glob in the order of their names.

        Raises:
            InputError: A glob finds none.
        """
        found: dict[Path, None] = {}
        for name in (self.table,) if isinstance(self.table, str) else self.table:
            path = root / name
            if path.exists() or not glob.has_magic(name):
                found[path] = None
                continue
            matched = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 -- absolute too
            if not matched:
                raise InputError("no file matches", where=path)
            found.update(dict.fromkeys(map(Path, matched)))
        return list(found)


def join(meta: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return metadata with the columns of a table that their shared columns determine.

    Raises:
        InputError: No such file, no shared column, or no row matches.
    """
    if not path.is_file():
        raise InputError("no such file", where=path)
    other = to_ours(pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path))
    keys = [c for c in ("plate", "well", "compound", "concentration") if c in meta and c in other]
    if not keys:
        raise InputError(f"shares no column with {list(meta.columns)}", where=path)
    for key in keys:
        if (meta[key].dtype == object) != (other[key].dtype == object):  # as plates 1 and '1'
            meta, other = _as_text(meta, key), _as_text(other, key)
    grouped = other.groupby(keys, sort=False)
    told = [c for c in other.columns if c not in meta.columns and (grouped[c].nunique() <= 1).all()]
    first = grouped[told].first().reset_index()
    joined = meta.merge(first, on=keys, how="left", validate="many_to_one", indicator=True)
    lost = joined["_merge"] != "both"
    if lost.all():
        raise InputError(f"no row matches on {keys}", where=path)
    return joined.drop(columns="_merge")


def _as_text(table: pd.DataFrame, key: str) -> pd.DataFrame:
    return table.assign(**{key: table[key].astype("string").astype(object)})


def batch_of_plate(plates: pd.Series, pattern: str) -> pd.Series:
    """Return the batch that a regular expression with one group finds in each plate's name.

    Raises:
        InputError: The expression is broken, or finds nothing in a plate's name.
    """
    try:
        found = plates.astype(str).str.extract(re.compile(pattern), expand=True).iloc[:, 0]
    except (re.error, ValueError) as error:
        raise InputError(f"{pattern!r} is no expression with one group: {error}") from error
    if found.isna().any():
        plate = plates[found.isna()].iloc[0]
        raise InputError(f"{pattern!r} finds no batch in the plate name '{plate}'")
    return found
