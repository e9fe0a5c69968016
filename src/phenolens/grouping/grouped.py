"""Grouped: the features of a group of rows in one row, by mean or median.

Both take the rows as `order` (the rows, group after group) and `start` (where in `order` each
group begins), and work on any block of columns: a table larger than memory gives, block by block,
the same bits as the whole table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Float32, Float64, Int64, Integer, UInt64
from scipy import sparse

_ROWS = 1024  # rows summed at a time: a block stays in the cache
_THREADS = os.cpu_count() or 1
_WORTH_A_THREAD = 10_000_000  # values that a thread adds up, or starting it does not pay
_SORTED = 1_000_000  # values sorted at a time
_SMALL = 8  # rows of a group up to which they are added by size at once
_FEW = 12  # rows of a group up to which comparing whole rows is faster than sorting each column
_ODD = 0x9E3779B97F4A7C15  # the golden ratio's bits, as hashes use it


def row_hashes(features: Float32[np.ndarray, "n d"], first: int = 0) -> UInt64[np.ndarray, " n"]:
    """Return a number that depends on the values of a row alone, to sort rows by.

    Args:
        features: Rows, or a block of their columns.
        first: The block's first column. The sum over blocks (that begin at even columns) is the
            hash of the whole rows.
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
    """Return the rows by group and, within, by content (never by place), and the groups' starts.

    Args:
        found: The rows' hashes.
        codes: The rows' groups, 0 to n - 1, none of them empty.
        n: How many groups.
    """
    order = np.lexsort((found, codes))
    return order, np.searchsorted(codes[order], np.arange(n))


def by_group(
    codes: Int64[np.ndarray, " n"], n: int
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " g"]]:
    """Return the rows by group and, within, in table order, and where each group begins."""
    place = np.arange(len(codes))
    table = sparse.csr_array((np.ones(len(codes), np.int8), (codes, place)), (n, len(codes)))
    return table.indices.astype(np.int64), table.indptr[:-1].astype(np.int64)


def means(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
) -> Float32[np.ndarray, "g d"]:
    """Return the mean of each group, added in float64: the same to the last bit in any order.

    It is what adding values by size gives. Few rows are added so. Of many rows (n) a sum is off
    by at most n u n max|x| (u = 2^-53), whatever the order, so two sums differ by at most
    twice that: where all within four times that rounds to one float32 mean, no order matters,
    and the few other values are added by size again. Threads share out whole groups: their number
    does not matter either. A value that is not finite makes a mean that is not.
    """
    size = np.diff(np.append(start, len(order)))
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    for some, block in _alike(x, order, start, np.flatnonzero(size <= _SMALL)):
        if len(block) > 2:  # two add up to the same in either order
            _settle(block, len(block) - 1)
        total = block[0].astype(np.float64)
        for row in block[1:]:
            total += row
        out[some] = total / len(block)
    many = np.flatnonzero(size > _SMALL)
    if len(many):
        rows = order[np.repeat(size > _SMALL, size)] if len(many) < len(size) else order
        out[many] = _means_of_many(x, rows, np.cumsum(size[many]))
    out += 0.0  # no -0
    return out


def _alike(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
    groups: Integer[np.ndarray, " m"],
) -> Iterator[tuple[Integer[np.ndarray, " s"], Float32[np.ndarray, "k s d"]]]:
    """Yield some of the groups, all of one size, and their rows, as many as are sorted at once."""
    size = np.diff(np.append(start, len(order)))
    for k in np.unique(size[groups]):
        these = groups[size[groups] == k]
        step = max(1, _SORTED // max(1, int(k) * x.shape[1]))
        for i in range(0, len(these), step):
            some = these[i : i + step]
            yield some, x[order[start[some] + np.arange(k)[:, None]]]


def _means_of_many(
    x: Float32[np.ndarray, "n d"], order: Integer[np.ndarray, " k"], end: Integer[np.ndarray, " g"]
) -> Float32[np.ndarray, "g d"]:
    """Return the means of groups of many rows, which end at `end` in `order`."""
    threads = min(_THREADS, max(1, len(order) * x.shape[1] // _WORTH_A_THREAD))
    cuts = np.searchsorted(end, np.linspace(0, len(order), threads + 1)[1:-1])
    parts = [part for part in np.split(np.arange(len(end)), cuts) if len(part)]

    def of(part: Int64[np.ndarray, " p"]) -> Float32[np.ndarray, "p d"]:
        return _means_of_part(x, order, end, int(part[0]), int(part[-1]) + 1)

    if len(parts) == 1:
        return of(parts[0])
    with ThreadPoolExecutor(len(parts)) as pool:  # NumPy and SciPy let go of the lock
        return np.concatenate(list(pool.map(of, parts)))


def _means_of_part(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    end: Integer[np.ndarray, " g"],
    first: int,
    stop: int,
) -> Float32[np.ndarray, "p d"]:
    """Return the means of the groups from `first` to before `stop`."""
    size = np.diff(end, prepend=0)
    start = end - size
    begin, out = first, np.empty((stop - first, x.shape[1]), dtype=np.float32)
    while first < stop:  # whole groups, or one that is larger than a block
        last = max(first + 1, int(np.searchsorted(end, start[first] + _ROWS, side="right")))
        last = min(last, stop)
        some, n = slice(first, last), size[first:last, None]
        total, largest = _sums(x, order[start[first] : end[last - 1]], start[some] - start[first])
        out[first - begin : last - begin] = total / n
        with np.errstate(invalid="ignore"):  # infinity less infinity
            error = 2.0**-51 * n * n * largest
            low, high = (total - error) / n, (total + error) / n
            unsure = low.astype(np.float32) != high.astype(np.float32)
        if unsure.any():
            groups, columns = np.nonzero(unsure & np.isfinite(largest))
            found = _added_by_size(x, order, start, groups + first, columns)
            out[groups + first - begin, columns] = found
        first = last
    return out


def _sums(
    x: Float32[np.ndarray, "n d"],
    rows: Integer[np.ndarray, " k"],
    begins: Integer[np.ndarray, " g"],
) -> tuple[Float64[np.ndarray, "g d"], Float64[np.ndarray, " d"]]:
    """Return the sums of runs of rows, and the largest absolute value among all of them.

    A product with zeros and ones adds rows without a copy for each group. Rows beyond a block's
    are all of one run.
    """
    total, largest = np.zeros((len(begins), x.shape[1])), np.zeros(x.shape[1])
    for i in range(0, len(rows), _ROWS):
        some = rows[i : i + _ROWS]
        run = np.append(begins if i == 0 else 0, len(some))
        ones = sparse.csr_array((np.ones(len(some)), np.arange(len(some)), run))
        y = x[some[0] : some[-1] + 1] if _run(some) else x[some]
        total += ones @ y.astype(np.float64)
        largest = np.maximum(largest, np.maximum(y.max(axis=0), -y.min(axis=0)))
    return total, largest


def _run(rows: Integer[np.ndarray, " k"]) -> bool:
    """Return whether rows follow one another, as they do in most tables of cells."""
    return bool(rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all())


def _added_by_size(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
    groups: Integer[np.ndarray, " m"],
    columns: Integer[np.ndarray, " m"],
) -> Float64[np.ndarray, " m"]:
    """Return some groups' means of some features, from the smallest value to the largest."""
    size = np.diff(np.append(start, len(order)))[groups]
    found = np.empty(len(groups))
    for k in np.unique(size):
        these = np.flatnonzero(size == k)
        step = max(1, _SORTED // int(k))
        for i in range(0, len(these), step):
            m = these[i : i + step]
            values = x[order[start[groups[m]] + np.arange(k)[:, None]], columns[m]]
            values.sort(axis=0)
            # One after another: `sum` would pair values up by how many columns there are.
            found[m] = np.add.accumulate(values, axis=0, dtype=np.float64)[-1] / k
    return found


def medians(
    x: Float32[np.ndarray, "n d"],
    order: Integer[np.ndarray, " k"],
    start: Integer[np.ndarray, " g"],
) -> Float32[np.ndarray, "g d"]:
    """Return the median of each group; groups of one size are taken together."""
    out = np.empty((len(start), x.shape[1]), dtype=np.float32)
    for some, block in _alike(x, order, start, np.arange(len(start))):
        k = len(block)
        if k <= _FEW:
            _settle(block, k // 2 + 1)
        else:
            block.sort(axis=0)
        out[some] = (block[(k - 1) // 2].astype(np.float64) + block[k // 2]) / 2
    out += 0.0  # no -0, which sorts as 0
    return out


def _settle(block: Float32[np.ndarray, "k s d"], places: int) -> None:
    """Sort along the first axis, from the largest down as many places: the rest in any order."""
    for done in range(places):
        for i in range(len(block) - 1 - done):  # the largest of those left rises to its place
            low = np.minimum(block[i], block[i + 1])
            np.maximum(block[i], block[i + 1], out=block[i + 1])
            block[i] = low
