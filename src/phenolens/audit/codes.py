"""Codes: is a metadata column, or a code of one, among the features."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64
from scipy.stats import rankdata

from phenolens.audit.columns import Column, columns_of, numbers, with_position
from phenolens.audit.finding import Finding, listed
from phenolens.audit.spread import Spread, spread, spread_in_plates
from phenolens.core.profiles import Profiles
from phenolens.core.values import SEPARATOR

# Real features stay above 0.4 in columns of three groups and more; see `Spread`.
NOISY, NOISY_PAIR = 0.05, 0.02
ORDERED = 0.995  # of Spearman's correlation with a column's natural order
_REPEATS = 12  # fewer repeats prove nothing
_SAID = {
    "constant": "has one value within each value of the column",
    "noisy": "varies within a value of the column by next to nothing",
    "per plate": "has one value within each value of the column, up to a scale per plate",
    "ordered": "rises in the order of the column",
    "running number": "is a running number: every row one step from the next",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One feature that tells one column.

    Attributes:
        feature: Its name.
        column: The column; the coarsest where several would do.
        kind: How it tells it, one of `_SAID`.
        figure: The ratio of spreads (0: a code), or the rank correlation (1).
        also: Columns that say the same of every row.
    """

    feature: str
    column: str
    kind: str
    figure: float
    also: tuple[str, ...] = ()


def find_codes(profiles: Profiles) -> tuple[dict[str, Any], list[Finding]]:
    """Return how near the features come to each column, and the columns found among them.

    Every feature against every column, by four marks of a code: one value in each group (also
    with noise of a twentieth of the codes' spread), the same within each plate up to a scale of its
    own (a code that was standardized per plate), the natural order of the column, and equal steps
    from row to row. A feature that varies within compounds as cells do has none of them.
    """
    x = profiles.features.astype(np.float64)
    varies = np.ptp(x, axis=0) > 0
    columns = columns_of(profiles.meta)
    spreads = {c.name: spread(x, c.codes) for c in columns}
    told = [_trace(k, v, columns, spreads) for k, v in _codes(x, columns, spreads, varies).items()]
    left = varies & ~_mask([t[0] for t in told], x.shape[1])
    told += _per_plate(x, profiles.meta, columns, left)
    left &= ~_mask([t[0] for t in told], x.shape[1])
    told += _ordered(x, profiles.meta, columns, left)
    left &= ~_mask([t[0] for t in told], x.shape[1])
    told += _running(x, left)
    traces = [_named(k, trace, profiles.names) for k, trace in told]
    section = {
        "features": x.shape[1],
        "columns": [c.name for c in columns],
        "nearest": _nearest(columns, spreads, profiles.names, varies),
        "threshold": NOISY,
        "traces": [
            {"feature": t.feature, "column": t.column, "kind": t.kind, "figure": t.figure}
            for t in traces
        ],
    }
    return section, _findings(traces, x.shape[1], columns)


def _codes(
    x: Float64[np.ndarray, "n d"],
    columns: list[Column],
    spreads: dict[str, Spread],
    varies: Bool[np.ndarray, " d"],
) -> dict[int, dict[str, float]]:
    """Return feature -> column -> ratio, where the feature is a code of it or nearly one."""
    found: dict[int, dict[str, float]] = {}
    for column in columns:
        seen = spreads[column.name]
        if seen.repeats < _REPEATS:
            continue
        limit = NOISY if seen.groups > 2 else NOISY_PAIR
        near = varies & (np.nan_to_num(seen.ratio, nan=np.inf) < limit)
        for k in np.flatnonzero(near | (varies & seen.constant)):
            if near[k] or _chosen(x[:, k], column.codes):
                ratio = 0.0 if seen.constant[k] else float(seen.ratio[k])
                found.setdefault(int(k), {})[column.name] = ratio
    return found


def _chosen(x: Float64[np.ndarray, " n"], codes: Int64[np.ndarray, " n"]) -> bool:
    """Return whether a feature of few values is constant within groups by more than chance.

    A feature that is zero but in a few rows is constant in every group of one row: what counts
    are rows that repeat a value other than the commonest.
    """
    known = codes >= 0
    values = np.round((x[known] - x.min()) / np.ptp(x), 4)
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    rare = place != count.argmax()
    repeated = rare.sum() - len(np.unique(codes[known][rare]))
    return bool(repeated >= _REPEATS)


def _trace(
    feature: int, ratios: dict[str, float], columns: list[Column], spreads: dict[str, Spread]
) -> tuple[int, Trace]:
    """Return the coarsest column that the feature tells about as well as any."""
    best = min(ratios.values())
    good = [c for c in columns if ratios.get(c.name, np.inf) <= max(2 * best, 1e-4)]
    column = min(good, key=len)
    kind = "constant" if spreads[column.name].constant[feature] else "noisy"
    also = tuple(c.name for c in good if c is not column and _same(c, column))
    return feature, Trace("", column.name, kind, ratios[column.name], also)


def _same(one: Column, other: Column) -> bool:
    """Return whether two columns part the rows alike."""
    known = (one.codes >= 0) & (other.codes >= 0)
    pairs = len(np.unique(np.stack([one.codes[known], other.codes[known]]), axis=1).T)
    return pairs == len(np.unique(one.codes[known])) == len(np.unique(other.codes[known]))


def _per_plate(
    x: Float64[np.ndarray, "n d"],
    meta: pd.DataFrame,
    columns: list[Column],
    left: Bool[np.ndarray, " d"],
) -> list[tuple[int, Trace]]:
    """Return the features that are a code up to each plate's own shift and scale."""
    plate = next((c for c in columns if c.name == "plate"), None)
    if plate is None or any(SEPARATOR in value for value in plate.values):
        return []
    found: dict[int, tuple[int, Trace]] = {}
    for column in sorted(columns, key=len, reverse=True):  # the coarsest has the last word
        if len(column) < 4 or column is plate or _nested(plate, column):
            continue
        seen = spread_in_plates(x, column.codes, plate.codes)
        near = left & (np.nan_to_num(seen.ratio, nan=np.inf) < NOISY)
        for k in np.flatnonzero(near if seen.repeats >= _REPEATS else []):
            before = found.get(int(k))
            if before is None or seen.ratio[k] <= max(2 * before[1].figure, 1e-4):
                trace = Trace("", column.name, "per plate", float(seen.ratio[k]))
                found[int(k)] = (int(k), trace)
    return list(found.values())


def _nested(plate: Column, column: Column) -> bool:
    """Return whether a column has one value a plate, as a batch has."""
    both = np.unique(np.stack([plate.codes, column.codes]), axis=1)
    return both.shape[1] == len(plate)


def _ordered(
    x: Float64[np.ndarray, "n d"],
    meta: pd.DataFrame,
    columns: list[Column],
    left: Bool[np.ndarray, " d"],
) -> list[tuple[int, Trace]]:
    """Return the features whose ranks are those of a column's natural order."""
    ranks = rankdata(x[:, left], axis=0) if left.any() else np.empty((len(x), 0))
    found: dict[int, tuple[int, Trace]] = {}
    for name, order in _orders(meta, columns):
        known = np.isfinite(order)
        if known.sum() < 20:
            continue
        rows = ranks if known.all() else rankdata(x[np.ix_(known, left)], axis=0)
        r = np.abs(_correlate(rows, rankdata(order[known])))
        for place in np.flatnonzero(r >= ORDERED):
            k = int(np.flatnonzero(left)[place])
            if k not in found or r[place] > found[k][1].figure:
                found[k] = (k, Trace("", name, "ordered", float(r[place])))
    return list(found.values())


def _orders(
    meta: pd.DataFrame, columns: list[Column]
) -> Iterable[tuple[str, Float64[np.ndarray, " n"]]]:
    """Yield the orders a code may follow: of values, of compounds by mechanism, of numbers."""
    yield from numbers(meta).items()
    table = with_position(meta)
    for column in columns:
        if len(column) >= 10:
            yield column.name, np.where(column.codes >= 0, column.codes, np.nan)
    for outer, inner in (("moa", "compound"), ("moa", "treatment"), ("plate", "well")):
        if {outer, inner} <= set(table.columns):
            codes = [Column.of(name, table[name]).codes for name in (outer, inner)]
            joint = codes[0] * (codes[1].max() + 2.0) + codes[1]
            name = inner if outer == "moa" else f"{outer} and {inner}"
            yield name, np.where((codes[0] >= 0) & (codes[1] >= 0), joint, np.nan)


def _correlate(
    ranks: Float64[np.ndarray, "n d"], order: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, " d"]:
    """Return the correlation of every column of ranks with one, 0 where it is constant."""
    a, b = ranks - ranks.mean(axis=0), order - order.mean()
    size = np.sqrt((a * a).sum(axis=0) * (b @ b))
    return np.divide(b @ a, size, out=np.zeros(a.shape[1]), where=size > 0)


def _running(
    x: Float64[np.ndarray, "n d"], left: Bool[np.ndarray, " d"]
) -> list[tuple[int, Trace]]:
    """Return the features that take every row one equal step on; none if most do (ranks)."""
    if len(x) < 20:
        return []
    gaps = np.diff(np.sort(x, axis=0), axis=0)
    step = gaps.mean(axis=0)
    equal = left & (np.abs(gaps - step).max(axis=0) < 0.01 * step)
    if equal.sum() > 0.2 * x.shape[1]:
        return []
    return [(int(k), Trace("", "", "running number", 1.0)) for k in np.flatnonzero(equal)]


def _mask(places: list[int], size: int) -> Bool[np.ndarray, " d"]:
    mask = np.zeros(size, dtype=bool)
    mask[places] = True
    return mask


def _named(k: int, trace: Trace, names: tuple[str, ...]) -> Trace:
    return Trace(names[k], trace.column, trace.kind, trace.figure, trace.also)


def _nearest(
    columns: list[Column],
    spreads: dict[str, Spread],
    names: tuple[str, ...],
    varies: Bool[np.ndarray, " d"],
) -> list[dict[str, Any]]:
    """Return of each column the feature that varies least within its values."""
    told = []
    for column in columns:
        seen = spreads[column.name]
        ratio = np.where(varies & ~np.isnan(seen.ratio), seen.ratio, np.inf)
        if seen.repeats >= _REPEATS and np.isfinite(ratio).any():
            k = int(ratio.argmin())
            told.append(
                {
                    "column": column.name,
                    "values": len(column),
                    "feature": names[k],
                    "ratio": float(ratio[k]),
                    "limit": NOISY if seen.groups > 2 else NOISY_PAIR,
                }
            )
    return told


def _findings(traces: list[Trace], features: int, columns: list[Column]) -> list[Finding]:
    if not traces:
        told = f"{features} features against {len(columns)} columns: {listed(_names(columns), 12)}."
        title = "no metadata column among the features"
        return [Finding(key="code_in_features", severity="fine", title=title, evidence=told)]
    found = []
    for column, kind in dict.fromkeys((t.column, t.kind) for t in traces):
        some = [t for t in traces if (t.column, t.kind) == (column, kind)]
        features_told = listed([f"'{t.feature}'" for t in some])
        also = [name for name in some[0].also if all(name in t.also for t in some)]
        same = f" (and {listed(also)}, which say the same)" if also else ""
        figure = max(t.figure for t in some) if kind != "ordered" else min(t.figure for t in some)
        measure = {
            "ordered": f"rank correlation {figure:.4f}, limit {ORDERED}",
            "running number": "equal steps",
        }.get(kind, f"spread within over spread between {figure:.4f}, limit {NOISY}")
        title = (
            f"column '{column}' is among the features"
            if column
            else "a running number is among the features"
        )
        found.append(
            Finding(
                key="code_in_features",
                severity="leak",
                title=title,
                evidence=f"{features_told} {_SAID[kind]}{same}: {measure}.",
                mend=(
                    f"Drop {features_told} and make the profiles again; keep it only if the column "
                    "is itself a measurement of the cells."
                ),
                columns=(column, *also) if column else (),
                features=tuple(t.feature for t in some),
            )
        )
    return found


def _names(columns: list[Column]) -> list[str]:
    return [column.name for column in columns]
