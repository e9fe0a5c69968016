"""Joining a metadata table to metadata, by the columns they share."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.errors import InputError
from phenolens.core.formats.npy import table_of
from phenolens.core.formats.origin import sha256_of
from phenolens.core.join_match import Match, some
from phenolens.core.join_sites import by_site, with_count
from phenolens.core.reading.blanks import bare
from phenolens.core.reading.ids import id_text
from phenolens.core.reading.metadata import described
from phenolens.core.roles import with_roles

KEYS = ("plate", "well", "compound", "concentration")  # columns that tables are joined on
_MAP_NAME = "plate_map_name"  # in any case
_LOG = logging.getLogger("phenolens")


class Joined(NamedTuple):
    """Metadata with what another table says of its rows.

    Attributes:
        meta: All rows, in their order.
        facts: For the provenance: the columns joined on, those added, filled and left out, and
            the rows without a match.
        unmatched: (n,) which rows have no match.
    """

    meta: pd.DataFrame
    facts: dict[str, Any]
    unmatched: Bool[np.ndarray, " n"]


def join(
    meta: pd.DataFrame,
    path: Path,
    columns: Mapping[str, str] | None = None,
    *,
    unknown: Bool[np.ndarray, " n"] | None = None,
    allow_unmatched: bool = False,
) -> Joined:
    """Return metadata with the columns of a table that their shared columns determine.

    Concentrations match to six digits. A blank compound meets the table's row without a compound.
    A column that both have keeps its values, and its gaps are filled. What only the site
    determines is joined by site. Rows without a match get missing values; those of either table
    are counted in the log.

    Args:
        meta: Metadata by our column names, without derived roles.
        path: A table, parquet or delimited, in any known convention of names.
        columns: Our name -> the table's own name; names that it lacks are of another table.
        unknown: Rows whose blank compound means that nothing is known, not that there is none.
        allow_unmatched: More than half of the rows may be without a match.

    Raises:
        InputError: No such file, no shared column, no match for most rows, or two different
            answers for one key.
    """
    try:
        other = read_described(path, columns or {})
        other, more = _with_map_name(meta, other)
        keys = [c for c in (*KEYS, *more) if c in meta and c in other]
        if not keys:
            raise InputError(
                f"no column to join on: none of {', '.join(KEYS)} is in both tables",
                fix=f"name it with --column plate=..., or rename its columns; it has "
                f"{', '.join(map(str, other.columns))}",
            )
        left, right = _keys(meta, keys), _keys(other, keys)
        match = Match.of(left, right, unknown)
        match.refuse(allow=allow_unmatched)
        sites = by_site(meta, other, keys, _keys)
        other = with_count(meta, other, sites or match, columns or {}, path)
        made, facts = _brought(meta.reset_index(drop=True), other, match, sites)
    except InputError as error:
        raise error.at(path) from error
    facts |= {
        "rows": len(made),
        "rows_unmatched": int(match.lost.sum()),
        "sha256": sha256_of(path),
    }
    if facts["undetermined"]:
        left_out = ", ".join(facts["undetermined"])
        _LOG.info("%s: left out, as %s do not determine them: %s", path.name, keys, left_out)
    _say_lost(path, match)
    if sites is not None and "by_site" in facts:
        _say_lost(path, sites)
    return Joined(made, facts, match.lost)


def _say_lost(path: Path, match: Match) -> None:
    """Log the rows of both tables that have no match; most of a map's wells may be empty."""
    lost, unused = match.lost, match.unused
    if lost.any():
        text = "%s: %d of %d rows have no match on %s: %s"
        found = some(match.left[lost])
        _LOG.warning(text, path.name, lost.sum(), len(lost), match.keys, found)
    if unused.any():
        level = logging.INFO if 2 * unused.sum() > len(unused) else logging.WARNING
        text = "%s: %d of its %d rows match no profile on %s: %s"
        found = some(match.right[unused], 2)
        _LOG.log(level, text, path.name, unused.sum(), len(unused), match.keys, found)


def _brought(
    meta: pd.DataFrame, other: pd.DataFrame, match: Match, sites: Match | None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the metadata with the other table's columns, and which were added and filled."""
    facts: dict[str, Any] = {"on": match.keys, "brought": [], "undetermined": []}
    filled, finer = [], []
    for name in (str(c) for c in other.columns if c not in match.keys):
        values = match.answers(other[name])
        if isinstance(values, int):
            match.refuse_conflict(name, other[name], values)
            if sites is not None and name != "site":
                values = sites.answers(other[name])
                finer += [name] if not isinstance(values, int) else []
        if isinstance(values, int):
            facts["undetermined"].append(name)
        elif name not in meta.columns:
            meta[name] = values
            facts["brought"].append(name)
        elif (meta[name].isna() & values.notna()).any():
            meta[name] = _filled(meta[name], values)
            filled.append(name)
    more = {"filled": filled, "by_site": finer}
    return meta, {**facts, **{what: names for what, names in more.items() if names}}


def _with_map_name(meta: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a table with the name of the platemap spelt as ours, a key if both have it.

    A table of barcodes says which platemap each plate has (`Plate_Map_Name`), and one table may
    hold several platemaps (`plate_map_name`).
    """
    names = [
        next((str(n) for n in table.columns if str(n).lower() == _MAP_NAME), "")
        for table in (meta, other)
    ]
    if not all(names):
        return other, []
    return other.rename(columns={names[1]: names[0]}), [names[0]]


def read_described(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of metadata by our names, its values checked; no role is derived.

    Args:
        path: Parquet or delimited.
        columns: Our name -> the table's own name; names that it lacks are passed over.

    Raises:
        InputError: It cannot be read, or a value cannot be what its column says.
    """
    if not path.is_file():
        raise InputError("no such file")
    table = table_of(path)
    there = {bare(str(name)) for name in table.columns}
    own = {ours: theirs for ours, theirs in columns.items() if theirs in there}
    meta, _ = described(table, own)
    with_roles(meta)  # names a row whose control or concentration cannot be read
    return meta.reset_index(drop=True)


def _keys(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the keys as text that is equal where they mean the same."""
    made = {}
    for name in keys:
        values = table[name]
        if name == "concentration" and pd.api.types.is_numeric_dtype(values):
            dose = values.astype(np.float64)
            made[name] = dose.map(lambda v: f"{v + 0.0:.6g}", na_action="ignore").astype(object)
        else:
            made[name] = id_text(values).astype(object)
    return pd.DataFrame(made).reset_index(drop=True)


def _filled(values: pd.Series, more: pd.Series) -> pd.Series:
    """Return a column with its gaps filled, of objects where the types differ."""
    if values.isna().all():
        return more
    gaps = values.isna()
    if values.dtype == more.dtype:
        return values.where(~gaps, more)
    return values.astype(object).where(~gaps, more.astype(object))
