"""Codes: is a metadata column, or a code of one, among the features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from phenolens.audit.columns import Column, columns_of
from phenolens.audit.finding import Finding, listed
from phenolens.audit.orders import ORDERED, trace_orders, trace_running
from phenolens.audit.spread import Spread, spread
from phenolens.audit.traces import (
    NOISY,
    REPEATS,
    Trace,
    limit_of,
    trace_codes,
    trace_in_plates,
)
from phenolens.core.profiles import Profiles

_KEY = "code_in_features"
_SAID = {
    "constant": "one value within each value of the column",
    "noisy": "hardly any spread within a value of the column",
    "per plate": "one value within each value of the column, up to a shift and scale per plate",
    "ordered": "rises in the order of the column",
    "running number": "every row one equal step from the next",
}


def find_codes(profiles: Profiles) -> tuple[dict[str, Any], list[Finding]]:
    """Return how near the features come to each column, and the columns found among them.

    Every feature against every column, by four marks of a code: one value in each group (also
    with noise of a twentieth of the codes' spread); the same within each plate up to a shift and
    scale of its own, as a code looks once it was standardized; the natural order of the column;
    equal steps from row to row. Features that vary within a compound as cells do have none.

    It cannot see a code that is spread over several features, as a rotation (PCA, sphering)
    leaves it: look before the rotation. Predicting the column is the question for that.
    """
    x = profiles.features.astype(np.float64)
    columns = columns_of(profiles.meta)
    spreads = {column.name: spread(x, column.codes) for column in columns}
    left = np.ptp(x, axis=0) > 0
    traces = trace_codes(x, columns, spreads, left)
    copies = _copied(traces, len(profiles.names))
    if copies:
        traces = []
    else:
        traces += trace_in_plates(x, columns, _without(left, traces))
        traces += trace_orders(x, profiles.meta, columns, _without(left, traces))
        traces += trace_running(x, _without(left, traces))
    section = {
        "features": x.shape[1],
        "columns": [column.name for column in columns],
        "nearest": _nearest(columns, spreads, profiles.names, left),
        "threshold": NOISY,
        "traces": [_plain(trace, profiles.names) for trace in traces],
    }
    return section, _findings(traces, profiles.names, columns, copies)


def _without(asked: Bool[np.ndarray, " d"], traces: Sequence[Trace]) -> Bool[np.ndarray, " d"]:
    left = asked.copy()
    left[[trace.feature for trace in traces]] = False
    return left


def _copied(traces: Sequence[Trace], features: int) -> str:
    """Return the column within which most features are constant: its rows are copies."""
    constant = [trace.column for trace in traces if trace.kind == "constant"]
    if features < 4 or len(constant) <= features / 2:
        return ""
    return max(set(constant), key=constant.count)


def _plain(trace: Trace, names: Sequence[str]) -> dict[str, Any]:
    return {
        "feature": names[trace.feature],
        "column": trace.column,
        "kind": trace.kind,
        "said": _SAID[trace.kind],
        "figure": trace.figure,
    }


def _nearest(
    columns: Sequence[Column],
    spreads: Mapping[str, Spread],
    names: Sequence[str],
    varies: Bool[np.ndarray, " d"],
) -> list[dict[str, Any]]:
    """Return of each column the feature that varies least within its values."""
    told = []
    for column in columns:
        seen = spreads[column.name]
        ratio: Float64[np.ndarray, " d"] = np.where(
            varies & ~np.isnan(seen.ratio), seen.ratio, np.inf
        )
        if seen.repeats >= REPEATS and np.isfinite(ratio).any():
            k = int(ratio.argmin())
            told.append(
                {
                    "column": column.name,
                    "values": len(column),
                    "feature": names[k],
                    "ratio": float(ratio[k]),
                    "limit": limit_of(seen),
                }
            )
    return told


def _findings(
    traces: Sequence[Trace], names: Sequence[str], columns: Sequence[Column], copies: str
) -> list[Finding]:
    found = []
    if copies:
        found.append(
            Finding(
                key="copies",
                severity="leak",
                title=f"rows of one {copies} are copies",
                evidence=f"Most features have one value within each {copies}.",
                fix=f"Keep one row of each {copies}, or the rows it was made of.",
                columns=(copies,),
            )
        )
    for column, kind in dict.fromkeys((trace.column, trace.kind) for trace in traces):
        some = [trace for trace in traces if (trace.column, trace.kind) == (column, kind)]
        found.append(_leak(some, names))
    if not found:
        told = listed((column.name for column in columns), 12)
        found.append(
            Finding(
                key=_KEY, severity="fine", title="no metadata column among the features",
                evidence=f"{len(names)} features against {len(columns)} columns: {told}.",
            )
        )  # fmt: skip
    return found


def _leak(traces: Sequence[Trace], names: Sequence[str]) -> Finding:
    """Return the finding of features that tell one column in one way."""
    column, kind = traces[0].column, traces[0].kind
    features = tuple(names[trace.feature] for trace in traces)
    also = tuple(n for n in traces[0].also if all(n in trace.also for trace in traces))
    figures = [trace.figure for trace in traces]
    measure = f"spread within over spread between {max(figures):.4f}, codes are below {NOISY}"
    if kind == "ordered":
        measure = f"rank correlation {min(figures):.4f}, codes are above {ORDERED}"
    told = listed((f"'{name}'" for name in features), 4)
    same = f" (which {listed(also)} would do as well)" if also else ""
    about = f"tells '{column}'{same}: " if column else "is a running number: "
    return Finding(
        key=_KEY,
        severity="leak",
        title=f"column '{column}' is among the features"
        if column
        else "a running number is among the features",
        evidence=f"{told} {about}{_SAID[kind]}"
        + ("." if kind == "running number" else f" ({measure})."),
        fix=f"Drop {told} and make the profiles again. Where the column is itself a measurement "
        "of the cells, it is no leak.",
        columns=(column, *also) if column else (),
        features=features,
    )
