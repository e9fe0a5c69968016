"""Grouped: what a group of rows is in one row; features (mean, median) and metadata.

All of it takes the rows as `order` (the rows, group after group) and `start` (where in `order`
each group begins), and works on any block of columns: what a table larger than memory gives,
block by block, is what the whole table gives, to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float32, Float64, Int64, Integer, UInt64
from scipy import sparse

from phenolens.core.columns import KNOWN
from phenolens.core.errors import InputError
from phenolens.core.values import SEPARATOR
from phenolens.profiling.groups import RowGroups

# A group may hold several of these, and a rule or a reader wants to know which.
JOINED = frozenset(KNOWN) - {"control", "site", "cell"}
_ROWS = 1024  # rows summed at a time: a block stays in the cache
_SORTED = 1_000_000  # values sorted at a time
_FEW = 12  # rows of a group up to which comparing whole rows is faster than sorting each column
_ODD = 0x9E3779B97F4A7C15  # the golden ratio's bits, as hashes use it


def fingerprint(features: Float32[np.ndarray, "n d"], first: int = 0) -> UInt64[np.ndarray, " n"]:
    """Return a number that depends on the values of a row alone, to sort rows by.

    Args:
        features: Rows, or a block of their columns.
        first: The block's first column. The sum over blocks (that begin at even columns) is the
            fingerprint of the whole rows.
    """
    bits = np.ascontiguousarray(features).view(np.uint32)
    pairs = bits.shape[1] // 2
    place = np.arange(first // 2 + 1, first // 2 + pairs + 2, dtype=np.uint64)
    odd = place * np.uint64(_ODD) | np.uint64(1)
    found = np.einsum("ij,j->i", bits[:, : 2 * pairs].view(np.uint64), odd[:pairs])
    if bits.shape[1] % 2:
        found += bits[:, -1].astype(np.uint64) * odd[pairs]
    return found


def in_order(
    found: UInt64[np.ndarray, " n"], codes: Int64[np.ndarray, " n"], n: int
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " g"]]:
    """Return the rows by group and, within, by content (never by place), and the groups' begins.

    Args:
        found: The rows' fingerprints.
        codes: The rows' groups, 0 to n - 1, none of them empty.
        n: How many groups.
    """
    order = np.lexsort((found, codes))
    return order, np.searchsorted(codes[order], np.arange(n))


def means(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
) -> Float32[np.ndarray, "g d"]:
    """Return the mean of each group, its rows added one by one in float64, as they are ordered."""
    end = np.append(start[1:], len(order))
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    first = 0
    while first < len(start):  # whole groups: how a group is added hangs on nothing else
        begin = int(start[first])
        last = max(first + 1, int(np.searchsorted(end, begin + _ROWS, side="right")))
        total = _sums(x, order[begin : min(end[last - 1], begin + _ROWS)], start[first:last])
        for i in range(begin + _ROWS, int(end[last - 1]), _ROWS):  # of one group of many rows
            total += _sums(x, order[i : min(end[last - 1], i + _ROWS)], start[:1])
        out[first:last] = total / (end[first:last] - start[first:last])[:, None]
        first = last
    return out


def _sums(
    x: Float32[np.ndarray, "n d"],
    rows: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
) -> Float64[np.ndarray, "g d"]:
    """Return the sums of runs of rows: a product with zeros and ones adds them in order."""
    begins = np.append(start - start[0], len(rows))
    ones = sparse.csr_array((np.ones(len(rows)), np.arange(len(rows)), begins))
    total: Float64[np.ndarray, "g d"] = ones @ x[rows].astype(np.float64)
    return total


def medians(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
) -> Float32[np.ndarray, "g d"]:
    """Return the median of each group; groups of one size are taken together."""
    size = np.diff(np.append(start, len(order)))
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    for k in np.unique(size):
        groups = np.flatnonzero(size == k)
        step = max(1, _SORTED // max(1, int(k) * x.shape[1]))
        for i in range(0, len(groups), step):
            some = groups[i : i + step]
            block = x[order[start[some] + np.arange(k)[:, None]]]
            if k <= _FEW:
                _settle_upper_half(block)
            else:
                block.sort(axis=0)
            out[some] = (block[(k - 1) // 2].astype(np.float64) + block[k // 2]) / 2
    return out


def _settle_upper_half(block: Float32[np.ndarray, "k s d"]) -> None:
    """Sort along the first axis, as far down as the median: the rest may stand in any order."""
    for done in range(len(block) // 2 + 1):
        for i in range(len(block) - 1 - done):  # the largest of those left rises to its place
            low = np.minimum(block[i], block[i + 1])
            np.maximum(block[i], block[i + 1], out=block[i + 1])
            block[i] = low


def metadata(
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
