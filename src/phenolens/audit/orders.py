"""Orders: the features that rise with a column, or from row to row by equal steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64
from scipy.stats import rankdata

from phenolens.audit.columns import Column, numbers, with_position
from phenolens.audit.traces import Trace
from phenolens.statistics.ties import exceeds, reaches

ORDERED = 0.995  # of Spearman's correlation with a column's natural order
_ROWS = 20  # fewer rows come into order by chance
_JOINT = (("moa", "compound"), ("moa", "treatment"), ("plate", "well"))


def trace_orders(
    x: Float64[np.ndarray, "n d"],
    meta: pd.DataFrame,
    columns: Sequence[Column],
    asked: Bool[np.ndarray, " d"],
) -> list[Trace]:
    """Return the features whose ranks are those of a column's natural order, or nearly.

    With one row per value, as among treatment profiles, a code cannot be constant within
    anything: the order is what is left to see. Numbers are ordered by size, names as a reader
    sorts them, compounds also by mechanism (as WS-DINO's codes are), wells by plate.

    Args:
        x: Features.
        meta: Metadata of the same rows.
        columns: Of the metadata.
        asked: Which features.
    """
    place = np.flatnonzero(asked)
    if not len(place):
        return []
    ranks = rankdata(x[:, place], axis=0)
    best: dict[int, Trace] = {}
    for name, order in _orders(meta, columns):
        known = np.isfinite(order)
        if known.sum() < _ROWS:
            continue
        rows = ranks if known.all() else rankdata(x[np.ix_(known, place)], axis=0)
        r = np.abs(_correlate(rows, rankdata(order[known])))
        for k in np.flatnonzero(reaches(r, ORDERED)):
            feature = int(place[k])
            if feature not in best or exceeds(r[k], best[feature].figure):
                best[feature] = Trace(feature, name, "ordered", float(r[k]))
    return list(best.values())


def trace_running(x: Float64[np.ndarray, "n d"], asked: Bool[np.ndarray, " d"]) -> list[Trace]:
    """Return the features in which the rows, sorted, follow each other by one equal step.

    No measurement does, but ranks do: if a fifth of the features do, they are ranks.

    Args:
        x: Features.
        asked: Which features.
    """
    if len(x) < _ROWS:
        return []
    gaps = np.diff(np.sort(x, axis=0), axis=0)
    step = gaps.mean(axis=0)
    equal = asked & (np.abs(gaps - step).max(axis=0) < 0.01 * step)
    if equal.sum() > max(1, 0.2 * x.shape[1]):
        return []
    return [Trace(int(k), "", "running number", 1.0) for k in np.flatnonzero(equal)]


def _orders(
    meta: pd.DataFrame, columns: Sequence[Column]
) -> Iterator[tuple[str, Float64[np.ndarray, " n"]]]:
    """Yield the orders a code may follow, NaN where a row has no place in them."""
    yield from numbers(meta).items()
    for column in columns:
        if len(column) >= 10:
            yield column.name, np.where(column.codes >= 0, column.codes, np.nan)
    table = with_position(meta)
    for outer, inner in _JOINT:
        if {outer, inner} <= set(table.columns):
            one, other = (Column.of(name, table[name]).codes for name in (outer, inner))
            joint = one * (other.max() + 2.0) + other
            name = inner if outer == "moa" else f"{outer} and {inner}"
            yield name, np.where((one >= 0) & (other >= 0), joint, np.nan)


def _correlate(
    ranks: Float64[np.ndarray, "n d"], order: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, " d"]:
    """Return the correlation of every column of ranks with one, 0 where either is constant."""
    a, b = ranks - ranks.mean(axis=0), order - order.mean()
    size = np.sqrt((a * a).sum(axis=0) * (b @ b))
    return np.divide(b @ a, size, out=np.zeros(a.shape[1]), where=size > 0)
