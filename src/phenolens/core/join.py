"""Joining a metadata table to metadata, by the columns they share."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.columns import CONTROL_NAMES, with_roles
from phenolens.core.errors import InputError
from phenolens.core.formats.npy import table_of
from phenolens.core.formats.origin import sha256_of
from phenolens.core.reading.blanks import bare
from phenolens.core.reading.ids import id_text
from phenolens.core.reading.metadata import described

KEYS = ("plate", "well", "compound", "concentration")  # columns that tables are joined on
# What has one answer for a well, and what has one for a compound.
_OF_A_WELL = ("compound", "concentration", "treatment", "control", "control_type", "pert_type")
_OF_A_COMPOUND = ("moa", "target", "control_type", "pert_type")
_SHOWN = 6
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
    A column that both have keeps its values, and its gaps are filled. Rows without a match get
    missing values, and are counted in the log.

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
    if not path.is_file():
        raise InputError("no such file", where=path)
    try:
        other = read_described(path, columns or {})
        keys = [c for c in KEYS if c in meta and c in other]
        if not keys:
            raise InputError(
                f"no column to join on: none of {', '.join(KEYS)} is in both tables",
                fix=f"name it with --column plate=..., or rename its columns; it has "
                f"{', '.join(map(str, other.columns))}",
            )
        left, right = _keys(meta, keys), _keys(other, keys)
        group, first = _groups(right)
        place = _places(left, right.iloc[first], keys, unknown)
        lost = place < 0
        if lost.all():
            raise InputError(
                f"no row matches on {keys}: the first row has {_shown(left.iloc[0])}, the table "
                f"{_shown(right.iloc[0])}"
            )
        _refuse_unmatched(left, lost, keys, allow_unmatched)
        added, filled, undetermined = [], [], []
        made = meta.reset_index(drop=True)
        for name in (str(c) for c in other.columns if c not in keys):
            values = _answers(other[name], group, len(first), place)
            if isinstance(values, int):
                _refuse_conflict(name, keys, other, right, group, values)
                undetermined.append(name)
                continue
            if name not in made.columns:
                made[name] = values
                added.append(name)
            elif (made[name].isna() & values.notna()).any():
                made[name] = _filled(made[name], values)
                filled.append(name)
    except InputError as error:
        raise error.at(path) from error
    facts: dict[str, Any] = {"on": keys, "brought": added, "undetermined": undetermined}
    facts |= {"filled": filled} if filled else {}
    facts |= {"rows": len(made), "rows_unmatched": int(lost.sum()), "sha256": sha256_of(path)}
    if undetermined:
        _LOG.info("%s: left out, as %s do not determine it: %s", path.name, keys, undetermined)
    if lost.any():
        _LOG.warning(
            "%s: %d of %d rows have no match on %s: %s",
            path.name,
            lost.sum(),
            len(made),
            keys,
            _some(left[lost]),
        )
    return Joined(made, facts, lost)


def read_described(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of metadata by our names, its values checked; no role is derived.

    Args:
        path: Parquet or delimited.
        columns: Our name -> the table's own name; names that it lacks are passed over.

    Raises:
        InputError: It cannot be read, or a value cannot be what its column says.
    """
    table = table_of(path)
    there = {bare(str(name)) for name in table.columns}
    own = {ours: theirs for ours, theirs in columns.items() if theirs in there}
    meta, _ = described(table, own)
    with_roles(meta)  # names a row whose control or concentration is none
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


def _groups(keys: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of equal keys that each row is in, and the first row of each."""
    group = keys.groupby(list(keys.columns), sort=False, dropna=False).ngroup().to_numpy()
    return group, np.unique(group, return_index=True)[1]


def _places(
    left: pd.DataFrame, right: pd.DataFrame, keys: list[str], unknown: np.ndarray | None
) -> np.ndarray:
    """Return the group of the other table that each row meets, -1 for none."""
    right = right.assign(_place=np.arange(len(right)))
    place = left.merge(right, on=keys, how="left")["_place"].fillna(-1).to_numpy(np.int64)
    for name in ("plate", "well"):
        if name in keys:
            place[left[name].isna().to_numpy()] = -1
    if "compound" in keys and unknown is not None:
        place[unknown & left["compound"].isna().to_numpy()] = -1
    if keys == ["concentration"]:
        place[left["concentration"].isna().to_numpy()] = -1
    return place


def _answers(
    values: pd.Series, group: np.ndarray, groups: int, place: np.ndarray
) -> pd.Series | int:
    """Return each row's answer, the value of the group it meets; or a group with several."""
    codes = pd.factorize(values)[0]
    known = np.flatnonzero(codes >= 0)
    row = np.full(groups + 1, -1)
    row[group[known][::-1]] = known[::-1]  # the first row of the group that has a value
    several = known[codes[known] != codes[row[group[known]]]]
    if len(several):
        return int(group[several[0]])
    taken = row[place]  # of -1, no match, the last: -1, no row
    made: pd.Series = values.reset_index(drop=True).reindex(taken).reset_index(drop=True)
    return made


def _filled(values: pd.Series, more: pd.Series) -> pd.Series:
    """Return a column with its gaps filled, of objects where the types differ."""
    if values.isna().all():
        return more
    gaps = values.isna()
    if values.dtype == more.dtype:
        return values.where(~gaps, more)
    return values.astype(object).where(~gaps, more.astype(object))


def _refuse_unmatched(left: pd.DataFrame, lost: np.ndarray, keys: list[str], allowed: bool) -> None:
    """Raise if more than half of the rows have no match; controls without one are not counted."""
    counted = np.ones(len(left), dtype=bool)
    if "compound" in keys:  # tables of compounds rarely list DMSO
        names = left["compound"].astype("string")
        control = (names.isna() | names.str.lower().isin(CONTROL_NAMES)).to_numpy(dtype=bool)
        counted = ~(lost & control)
    absent = counted & lost
    if not allowed and 2 * absent.sum() > counted.sum():
        raise InputError(
            f"{absent.sum()} of {counted.sum()} rows have no match on {keys}: {_some(left[absent])}",
            fix="correct the names, or allow it with --allow-unmatched",
        )


def _refuse_conflict(
    name: str,
    keys: list[str],
    other: pd.DataFrame,
    right: pd.DataFrame,
    group: np.ndarray,
    at: int,
) -> None:
    """Raise if a key has two answers where it must have one; else the column is left out."""
    once = np.bincount(group) == 1
    must = ("well" in keys and name in _OF_A_WELL) or (
        ("compound" in keys or "well" in keys) and name in _OF_A_COMPOUND
    )
    must |= name == "treatment" and {"compound", "concentration"} <= set(keys)
    if not must and 2 * once.sum() <= len(once):
        return
    rows = np.flatnonzero((group == at) & other[name].notna().to_numpy())
    values = other[name].iloc[rows]
    second = rows[int(np.flatnonzero((values != values.iloc[0]).to_numpy())[0])]
    raise InputError(
        f"{_shown(right.iloc[rows[0]])} has two different values of '{name}': "
        f"{values.iloc[0]!s} and {other[name].iloc[second]!s}",
        fix="keep one row, or write both in one cell, as a|b",
    )


def _shown(key: pd.Series) -> str:
    return ", ".join(f"{name} {value}" for name, value in key.items())


def _some(keys: pd.DataFrame) -> str:
    distinct = keys.drop_duplicates()
    shown = "; ".join(_shown(distinct.iloc[i]) for i in range(min(_SHOWN, len(distinct))))
    more = len(distinct) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
