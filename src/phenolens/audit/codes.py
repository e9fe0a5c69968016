"""Codes: whether a metadata column, or a code of one, is among the features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
from phenolens.core.counts import count_of
from phenolens.core.profiles import Profiles

_KEY = "code_in_features"
_HOW = {
    "constant": "one value within each value of the column",
    "noisy": "hardly any spread within a value of the column",
    "per plate": "one value within each value of the column, up to a shift and scale per plate",
    "ordered": "rises in the order of the column",
    "running number": "every row one equal step from the next",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One feature that is a code of a column.

    Attributes:
        feature: Its name.
        column: The column, empty for a running number.
        kind: `constant`, `noisy`, `per plate`, `ordered` or `running number`.
        how: The same in words.
        figure: The ratio of spreads (0: a code), or the rank correlation (1).
    """

    feature: str
    column: str
    kind: str
    how: str
    figure: float


@dataclass(frozen=True, slots=True)
class NearestFeature:
    """The feature that varies least within the values of a column.

    Attributes:
        column: The column.
        values: How many values it has.
        feature: Name of the feature.
        ratio: Spread within over spread between the values.
        limit: Below this ratio the feature is a code.
    """

    column: str
    values: int
    feature: str
    ratio: float
    limit: float


@dataclass(frozen=True, slots=True)
class Codes:
    """How near the features come to each column.

    Attributes:
        features: How many there are.
        columns: Those that were looked at.
        nearest: One per column that repeats often enough.
        threshold: The usual limit of the ratio.
        traces: The codes found.
        also_before: Whether the features before the chain were looked at too.
    """

    features: int
    columns: tuple[str, ...]
    nearest: tuple[NearestFeature, ...]
    threshold: float
    traces: tuple[Code, ...]
    also_before: bool = False


def find_codes(profiles: Profiles) -> tuple[Codes, list[Finding]]:
    """Return how near the features come to each column, and the columns found among them.

    Every feature is compared with every column, by four signs of a code: one value in each group
    (also with noise of a twentieth of the codes' spread); the same within each plate up to a
    shift and scale of its own, as a code looks after standardizing; the natural order of the
    column; equal steps from row to row. Features that vary within a compound, as measurements of
    cells do, have none of them.

    A code that is spread over several features, as after a rotation (PCA, sphering), is not seen:
    look before the rotation. Predicting the column covers that case.
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
    codes = Codes(
        features=x.shape[1],
        columns=tuple(column.name for column in columns),
        nearest=tuple(_nearest(columns, spreads, profiles.names, left)),
        threshold=NOISY,
        traces=tuple(_code(trace, profiles.names) for trace in traces),
    )
    return codes, _findings(traces, profiles.names, columns, copies)


def with_codes_before(
    after: tuple[Codes, list[Finding]], before: tuple[Codes, list[Finding]]
) -> tuple[Codes, list[Finding]]:
    """Return the codes after a chain, with those before it that the chain hides.

    Args:
        after: What `find_codes` returns for the profiles after the chain.
        before: The same before the chain.
    """
    codes, findings = after
    named = {name for finding in findings for name in finding.features}
    added = tuple(code for code in before[0].traces if code.feature not in named)
    codes = replace(codes, also_before=True, traces=(*codes.traces, *added))
    leaks = [finding for finding in before[1] if finding.severity == "leak"]
    new = [finding for finding in leaks if not named.issuperset(finding.features)]
    if new:
        findings = [finding for finding in findings if finding.severity == "leak"]
    return codes, [*findings, *(replace(f, evidence=f"As given: {f.evidence}") for f in new)]


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


def _code(trace: Trace, names: Sequence[str]) -> Code:
    how = _HOW[trace.kind]
    return Code(names[trace.feature], trace.column, trace.kind, how, trace.figure)


def _nearest(
    columns: Sequence[Column],
    spreads: Mapping[str, Spread],
    names: Sequence[str],
    varies: Bool[np.ndarray, " d"],
) -> list[NearestFeature]:
    """Return for each column the feature that varies least within its values."""
    features = []
    for column in columns:
        seen = spreads[column.name]
        ratio: Float64[np.ndarray, " d"] = np.where(
            varies & ~np.isnan(seen.ratio), seen.ratio, np.inf
        )
        if seen.repeats >= REPEATS and np.isfinite(ratio).any():
            k = int(ratio.argmin())
            limit = limit_of(seen)
            features.append(
                NearestFeature(column.name, len(column), names[k], float(ratio[k]), limit)
            )
    return features


def _findings(
    traces: Sequence[Trace], names: Sequence[str], columns: Sequence[Column], copies: str
) -> list[Finding]:
    findings = []
    if copies:
        findings.append(
            Finding(
                key="copies",
                severity="leak",
                title=f"rows of one {copies} are copies",
                evidence=f"Most features have one value within each {copies}.",
                fix=f"Keep one row per {copies}, or use the rows that were averaged.",
                columns=(copies,),
            )
        )
    for column, kind in dict.fromkeys((trace.column, trace.kind) for trace in traces):
        some = [trace for trace in traces if (trace.column, trace.kind) == (column, kind)]
        findings.append(_leak(some, names))
    if not findings:
        checked = listed((column.name for column in columns), 12)
        findings.append(
            Finding(
                key=_KEY, severity="fine", title="no metadata column among the features",
                evidence=f"{count_of(len(names), 'feature')} against "
                f"{count_of(len(columns), 'column')}: {checked}.",
            )
        )  # fmt: skip
    return findings


def _leak(traces: Sequence[Trace], names: Sequence[str]) -> Finding:
    """Return the finding about features that are codes of one column in one way."""
    column, kind = traces[0].column, traces[0].kind
    features = tuple(names[trace.feature] for trace in traces)
    also = tuple(n for n in traces[0].also if all(n in trace.also for trace in traces))
    figures = [trace.figure for trace in traces]
    measure = f"spread within over spread between {max(figures):.4f}, codes are below {NOISY}"
    if kind == "ordered":
        measure = f"rank correlation {min(figures):.4f}, codes are above {ORDERED}"
    quoted = listed((f"'{name}'" for name in features), 4)
    same = f" (or {listed(also)})" if also else ""
    about = f"is a code of '{column}'{same}: " if column else "is a running number: "
    return Finding(
        key=_KEY,
        severity="leak",
        title=f"column '{column}' is among the features"
        if column
        else "a running number is among the features",
        evidence=f"{quoted} {about}{_HOW[kind]}"
        + ("." if kind == "running number" else f" ({measure})."),
        fix=f"Drop {quoted} and make the profiles again. If the column is itself a measurement of "
        "the cells, this is not a leak.",
        columns=(column, *also) if column else (),
        features=features,
    )
