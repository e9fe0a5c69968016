"""A joined table with a row for each site: what it says of sites, and counts of whole wells."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.join_match import Match, shown

_LOG = logging.getLogger("phenolens")
_PLACE = {"plate", "well"}


def by_site(
    meta: pd.DataFrame,
    other: pd.DataFrame,
    keys: list[str],
    text: Callable[[pd.DataFrame, list[str]], pd.DataFrame],
) -> Match | None:
    """Return the match of two tables that both have plate, well and site; None if they lack one.

    It answers what the keys alone do not determine, so no other column changes.

    Args:
        meta: Metadata by our names.
        other: The other table.
        keys: The columns joined on.
        text: Returns the keys of a table as text.
    """
    if not set(keys) >= _PLACE or "site" not in meta or "site" not in other:
        return None
    wanted = [*keys, "site"]
    match = Match.of(text(meta, wanted), text(other, wanted), None)
    return None if match.lost.all() else match


def with_count(
    meta: pd.DataFrame, other: pd.DataFrame, match: Match, columns: Mapping[str, str], path: Path
) -> pd.DataFrame:
    """Return a table whose `count` is not that of several rows: `aggregate` would add it up.

    A well's 67 cells, joined to its three sites, would be 201. Such a column keeps its numbers
    under another name, `count_per_well`.

    Args:
        meta: Metadata by our names.
        other: The other table.
        match: The finest match of the two.
        columns: Our name -> the tables' own name.
        path: Of the other table, for the warning.

    Raises:
        InputError: The caller named it as the count.
    """
    wanted = "count" not in meta.columns or bool(meta["count"].isna().any())
    first = match.shared if wanted and "count" in other.columns else None
    if first is None:
        return other
    key = next((k for k in ("site", "well", "compound") if k in match.keys), match.keys[-1])
    what = f"is a count per {key}, and {shown(match.right.iloc[first])} has several rows"
    if "count" in columns:
        own = columns["count"]
        raise InputError(
            f"'{own}' {what}: their sum would count the same cells again",
            fix=f"leave out --column count={own}, so that it keeps its name; or give each row its "
            "own count",
        )
    name = f"count_per_{key}"
    _LOG.warning("%s: 'count' %s: it is kept as '%s', and not added up", path.name, what, name)
    return other.rename(columns={"count": name})
