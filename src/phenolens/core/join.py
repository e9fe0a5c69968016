"""Joining a metadata table to metadata, by the columns they share."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.core.columns import to_ours
from phenolens.core.errors import InputError
from phenolens.core.formats.npy import table_of
from phenolens.core.formats.origin import sha256_of

KEYS = ("plate", "well", "compound", "concentration")  # columns that tables are joined on
_LOG = logging.getLogger("phenolens")


def join(meta: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return metadata with the columns of a table that their shared columns determine, and facts.

    Rows without a match get missing values, and are counted in the log.

    Args:
        meta: Metadata by our column names.
        path: A table, parquet or delimited, in any known convention of names.

    Returns:
        The metadata with all its rows in their order, and the facts for the provenance: the
        columns joined on, those added and those left out, and the rows without a match.

    Raises:
        InputError: No such file, no shared column, or no row matches.
    """
    if not path.is_file():
        raise InputError("no such file", where=path)
    other = to_ours(_table(path))
    keys = [c for c in KEYS if c in meta and c in other]
    if not keys:
        raise InputError(
            f"no column to join on: none of {', '.join(KEYS)} is in both tables",
            where=path,
            fix=f"rename its columns; it has {', '.join(map(str, other.columns))}",
        )
    for key in keys:
        if (meta[key].dtype == object) != (other[key].dtype == object):  # such as plates 1 and '1'
            meta, other = _as_text(meta, key), _as_text(other, key)
    grouped = other.groupby(keys, sort=False)
    added = [
        c for c in other.columns if c not in meta.columns and (grouped[c].nunique() <= 1).all()
    ]
    first = grouped[added].first().reset_index()
    joined = meta.merge(first, on=keys, how="left", validate="many_to_one", indicator=True)
    lost = (joined["_merge"] != "both").to_numpy()
    if lost.all():
        raise InputError(f"no row matches on {keys}", where=path)
    left = [c for c in other.columns if c not in meta.columns and c not in added]
    facts: dict[str, Any] = {"on": keys, "brought": added, "undetermined": left}
    facts |= {"rows": len(joined), "rows_unmatched": int(lost.sum()), "sha256": sha256_of(path)}
    if lost.any():
        row = meta.loc[meta.index[lost][0], keys]
        _LOG.warning(
            "%s: %d of %d rows have no match on %s, for example %s",
            path.name,
            lost.sum(),
            len(joined),
            keys,
            ", ".join(f"{key}={row[key]}" for key in keys),
        )
    return joined.drop(columns="_merge"), facts


def _table(path: Path) -> pd.DataFrame:
    try:
        return table_of(path)
    except InputError as error:
        raise error.at(path) from error


def _as_text(table: pd.DataFrame, key: str) -> pd.DataFrame:
    return table.assign(**{key: table[key].astype("string").astype(object)})
