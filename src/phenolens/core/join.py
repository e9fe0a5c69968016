"""Joining metadata tables to a profile table, by the columns they share."""

from __future__ import annotations

import glob
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.core.columns import to_ours, with_roles
from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.npy import table_of
from phenolens.core.formats.origin import sha256_of
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.core.stack import stack

_LOG = logging.getLogger("phenolens")


@dataclass(frozen=True, kw_only=True)
class ProfileTable:
    """A table of profiles made elsewhere, and the tables that say what its rows are.

    Attributes:
        table: File of profiles in any format that is read, relative to the root; several, or a
            glob (`plates/BR*.csv.gz`), become one table of all their rows.
        join: Metadata tables, joined one after the other on the columns shared so far. Of each,
            only what these columns determine is taken.
        columns: Our name -> the tables' own name, where the convention is not enough.
        batch_of_plate: Regular expression with one group that finds the batch in a plate's name.
        where: Query on the metadata: the rows kept. Empty: all.
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

        Each join and the query are entries of the provenance; rows that match nothing are counted
        there, and in the log.

        Raises:
            InputError: A file is absent, the tables' features differ, there is nothing to join on,
                or no row of it matches.
        """
        rows = str(root / self.rows) if self.rows else ""
        paths = self.paths(root)
        parts = [Profiles.load(path, self.columns, rows) for path in paths]
        return self.complete(stack(parts, [_said(path, root) for path in paths]), root)

    def complete(self, profiles: Profiles, root: Path) -> Profiles:
        """Return profiles read some other way with the metadata that this table's joins bring.

        Raises:
            InputError: As `load`.
        """
        meta, chain = profiles.meta, list(profiles.provenance)
        for name in self.join:
            meta, facts = join_counted(meta, root / name)
            chain.append({"step": "join", "file": Path(name).name, **facts})
        meta = with_roles(meta)
        if self.batch_of_plate:
            if "plate" not in meta:
                raise InputError(
                    "batch_of_plate needs a column 'plate'", fix=nearest("plate", meta.columns)
                )
            meta["batch"] = batch_of_plate(meta["plate"], self.batch_of_plate)
        profiles = replace(profiles, meta=meta, provenance=tuple(chain))
        if not self.where:
            return profiles
        kept = profiles.take(matching(profiles.meta, self.where))
        entry = {"step": "where", "query": self.where, "rows_in": len(meta), "rows_out": len(kept)}
        return replace(kept, provenance=(*kept.provenance, entry))

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

    Rows that match no row of the table keep blanks, and are counted in the log.

    Raises:
        InputError: No such file, no shared column, or no row matches.
    """
    return join_counted(meta, path)[0]


def join_counted(meta: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return what `join` does, and the facts: by what, what it brought, how many rows it missed.

    Raises:
        InputError: As `join`.
    """
    if not path.is_file():
        raise InputError("no such file", where=path)
    other = to_ours(_table(path))
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
    lost = (joined["_merge"] != "both").to_numpy()
    if lost.all():
        raise InputError(f"no row matches on {keys}", where=path)
    left = [c for c in other.columns if c not in meta.columns and c not in told]
    facts: dict[str, Any] = {"on": keys, "brought": told, "undetermined": left}
    facts |= {"rows": len(joined), "rows_unmatched": int(lost.sum()), "sha256": sha256_of(path)}
    if lost.any():
        row = meta.loc[meta.index[lost][0], keys]
        _LOG.warning(
            "%s: %d of %d rows match nothing on %s, as %s",
            path.name,
            lost.sum(),
            len(joined),
            keys,
            ", ".join(f"{key}={row[key]}" for key in keys),
        )
    return joined.drop(columns="_merge"), facts


def _said(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _table(path: Path) -> pd.DataFrame:
    try:
        return table_of(path)
    except InputError as error:
        raise InputError(error.what, where=path, fix=error.fix) from error


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
