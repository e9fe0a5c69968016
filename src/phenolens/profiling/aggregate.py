"""Aggregate: one profile a group of rows, by mean or median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float, Float32, Int64, Integer, UInt64

from phenolens.core.columns import KNOWN
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.values import SEPARATOR
from phenolens.profiling.groups import RowGroups

# A group may hold several of these, and a rule or a reader wants to know which.
JOINED = frozenset(KNOWN) - {"control", "site", "cell"}
_BLOCK = 4_000_000  # values held in float64 at a time


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """Mean or median of the rows that share some columns: cells to wells, wells to treatments.

    The papers' two orders are two chains of this step: wells by mean, then treatments by median
    (Perakis et al. 2021); crops to fields by median, (treatment, plate) by mean, then treatments
    by median (Cross-Zamirski et al. 2022). Groups come out sorted, whatever the order of the rows,
    and the result is the same to the last bit.

    Of the metadata, the columns of `by` stay, and so does what is constant within every group.
    `batch`, `plate`, `compound`, `moa` and the other known columns that vary are joined, sorted,
    as `Week1|Week2`, which `PairRule` reads as a set (values that are missing in part of a group
    are counted as `partly_missing`). What else varies is dropped and named. `control` must not
    vary. `count` says how many rows went in, over all aggregations.

    The median of an even number is the mean of the two middle values; WS-DINO's own code takes
    the lower of the two (`torch.median`).

    Attributes:
        by: Columns that the rows of a group share.
        how: Mean (in float64) or median, feature by feature.
        missing: Whether a row without a value in `by` is an error, or dropped and counted.
    """

    by: tuple[str, ...] = ("plate", "well")
    how: Literal["mean", "median"] = "mean"
    missing: Literal["refuse", "drop"] = "refuse"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return one profile a group.

        Raises:
            InputError: No such column, a row without a value in it, a group of controls and
                others, or a feature that is not finite.
        """
        if not self.by:
            raise InputError("aggregate needs at least one column", where="by")
        if not np.isfinite(profiles.features).all():
            profiles.finite("aggregate")
        groups = RowGroups.of(profiles, self.by, "aggregate")
        kept = profiles.take(self._rows(groups))
        codes = groups.codes[groups.codes >= 0]
        # Rows alike in group are summed in the order of their content, never of the table.
        order = np.lexsort((_fingerprint(kept.features), codes))
        start = np.searchsorted(codes[order], np.arange(len(groups)))
        meta, facts = _metadata(kept.meta.iloc[order], groups, codes[order], start)
        reduce = _means if self.how == "mean" else _medians
        return profiles.after(
            self,
            meta=meta,
            features=reduce(kept.features, order, start),
            rows_dropped=len(profiles) - len(kept),
            **facts,
        )

    def _rows(self, groups: RowGroups) -> Int64[np.ndarray, " k"]:
        """Return the rows that have a group."""
        rows = np.flatnonzero(groups.codes >= 0)
        lost = len(groups.codes) - len(rows)
        if not len(rows):
            raise InputError(f"aggregate: no row has a value for {list(self.by)}")
        if lost and self.missing == "refuse":
            raise InputError(
                f"aggregate: {lost} of {len(groups.codes)} rows have no value for {list(self.by)}",
                mend='fill them, or drop them with missing = "drop"',
            )
        return rows


def _fingerprint(features: Float32[np.ndarray, "n d"]) -> UInt64[np.ndarray, " n"]:
    """Return a number that depends on the values of a row alone, to sort rows by."""
    bits = np.ascontiguousarray(features).view(np.uint32)
    odd = np.arange(1, bits.shape[1] + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    found = np.empty(len(bits), dtype=np.uint64)
    step = max(1, _BLOCK // max(1, bits.shape[1]))
    for i in range(0, len(bits), step):
        found[i : i + step] = (bits[i : i + step].astype(np.uint64) * (odd | np.uint64(1))).sum(1)
    return found


def _means(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " n"],
    start: Integer[np.ndarray, " g"],
) -> Float[np.ndarray, "g d"]:
    """Return the mean of each run of ordered rows, summed in float64."""
    end = np.append(start[1:], len(order))
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    first = 0
    while first < len(start):  # whole groups, as many as a block holds
        rows = max(1, _BLOCK // max(1, x.shape[1]))
        last = max(first + 1, int(np.searchsorted(end, start[first] + rows, side="right")))
        block = x[order[start[first] : end[last - 1]]]
        begins = start[first:last] - start[first]
        total = np.add.reduceat(block, begins, axis=0, dtype=np.float64)
        out[first:last] = total / (end[first:last] - start[first:last])[:, None]
        first = last
    return out


def _medians(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " n"],
    start: Integer[np.ndarray, " g"],
) -> Float[np.ndarray, "g d"]:
    """Return the median of each run of ordered rows; groups of one size are taken together."""
    size = np.diff(np.append(start, len(order)))
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    for k in np.unique(size):
        groups = np.flatnonzero(size == k)
        step = max(1, _BLOCK // max(1, int(k) * x.shape[1]))
        for i in range(0, len(groups), step):
            some = groups[i : i + step]
            block = x[order[start[some, None] + np.arange(k)]]
            block.sort(axis=1)
            low, high = block[:, (k - 1) // 2], block[:, k // 2]
            out[some] = (low.astype(np.float64) + high) / 2
    return out


def _metadata(
    meta: pd.DataFrame,
    groups: RowGroups,
    codes: Int64[np.ndarray, " n"],
    start: Int64[np.ndarray, " g"],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the groups' metadata, and what became of the columns that vary."""
    made: dict[str, Any] = {}
    joined, dropped, partly = [], [], {}
    for name in map(str, meta.columns):
        values = meta[name]
        if name == "count":
            continue
        if name in groups.by or _constant(values, codes, start):
            made[name] = values.iloc[start].to_numpy()
        elif name == "control":
            _refuse_mixed(values, groups, codes)
        elif name in JOINED:
            made[name], partly[name] = _join(values, codes, len(groups))
            joined.append(name)
        else:
            dropped.append(name)
    count = meta["count"].to_numpy() if "count" in meta.columns else np.ones(len(meta), np.int64)
    made["count"] = np.add.reduceat(count, start)
    facts: dict[str, Any] = {
        "joined": joined,
        "dropped": dropped,
        "partly_missing": {name: k for name, k in partly.items() if k},
    }
    return pd.DataFrame(made), facts


def _constant(
    values: pd.Series, codes: Int64[np.ndarray, " n"], start: Int64[np.ndarray, " g"]
) -> bool:
    """Return whether a column has one value (or none at all) within every group."""
    found = pd.factorize(values)[0]
    return bool((found == found[start][codes]).all())


def _refuse_mixed(values: pd.Series, groups: RowGroups, codes: Int64[np.ndarray, " n"]) -> None:
    share = np.bincount(codes, values.to_numpy(dtype=float)) / np.bincount(codes)
    mixed = np.flatnonzero((share > 0) & (share < 1))
    raise InputError(
        f"{groups.name(int(mixed[0]))} holds negative controls and others "
        f"({len(mixed)} such groups)",
        mend="add `control` or `treatment` to `by`",
    )


def _join(values: pd.Series, codes: Int64[np.ndarray, " n"], n: int) -> tuple[list[Any], int]:
    """Return each group's values as sorted text joined by `|`, and how many groups lack some."""
    found, distinct = pd.factorize(values)
    words = [{w.strip() for w in _text(v).split(SEPARATOR)} - {""} for v in distinct]
    sets: list[set[str]] = [set() for _ in range(n)]
    pairs = np.unique(codes * (len(words) + 1) + found + 1)  # found is -1 where missing
    some_missing = np.zeros(n, dtype=bool)
    for group, word in zip(*np.divmod(pairs, len(words) + 1), strict=True):
        if word == 0:
            some_missing[group] = True
        else:
            sets[group].update(words[word - 1])
    cells = [SEPARATOR.join(sorted(s)) if s else np.nan for s in sets]
    return cells, int((some_missing & np.array([bool(s) for s in sets])).sum())


def _text(value: object) -> str:
    """Return a value as text; a whole number without a point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
