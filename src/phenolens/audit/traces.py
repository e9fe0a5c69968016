"""Traces: the features that are a code of a column: plain, noisy, or rescaled on every plate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.audit.columns import Column
from phenolens.audit.spread import Spread, spread_in_plates
from phenolens.core.values import SEPARATOR

# Real features stay above 0.4 in columns of three groups and more; see `Spread`.
NOISY, NOISY_PAIR = 0.05, 0.02
REPEATS = 12  # fewer repeats prove nothing
_ZERO = 1e-4  # ratios below it are all a code's


@dataclass(frozen=True, slots=True)
class Trace:
    """One feature that is a code of one column.

    Attributes:
        feature: Its place among the features.
        column: The column; the coarsest where several would do; empty where none is named.
        kind: In which way: `constant`, `noisy`, `per plate`, `ordered` or `running number`.
        figure: The ratio of spreads (0: a code), or the rank correlation (1).
        also: Columns that split the rows in the same way.
    """

    feature: int
    column: str
    kind: str
    figure: float
    also: tuple[str, ...] = ()


def limit_of(seen: Spread) -> float:
    """Return below which ratio a feature is a code; it is lower for two groups."""
    return NOISY if seen.groups > 2 else NOISY_PAIR


def trace_codes(
    x: Float64[np.ndarray, "n d"],
    columns: Sequence[Column],
    spreads: Mapping[str, Spread],
    asked: Bool[np.ndarray, " d"],
) -> list[Trace]:
    """Return the features that are constant, or nearly so, within the values of a column.

    Args:
        x: Features.
        columns: Of the metadata; of equal ones the first is named.
        spreads: Of every column, by name.
        asked: Which features.
    """
    near_by: dict[int, dict[str, float]] = {}
    for column in columns:
        seen = spreads[column.name]
        if seen.repeats < REPEATS:
            continue
        near = asked & (np.nan_to_num(seen.ratio, nan=np.inf) < limit_of(seen))
        for k in np.flatnonzero(near | (asked & seen.constant)):
            if near[k] or _more_than_chance(x[:, k], column.codes):
                ratio = 0.0 if seen.constant[k] else float(seen.ratio[k])
                near_by.setdefault(int(k), {})[column.name] = ratio
    return [_coarsest(k, ratios, columns, spreads) for k, ratios in near_by.items()]


def trace_in_plates(
    x: Float64[np.ndarray, "n d"], columns: Sequence[Column], asked: Bool[np.ndarray, " d"]
) -> list[Trace]:
    """Return the features that are a code up to each plate's own shift and scale.

    Args:
        x: Features.
        columns: Of the metadata; without `plate` nothing is found.
        asked: Which features.
    """
    plate = next((c for c in columns if c.name == "plate"), None)
    if plate is None or any(SEPARATOR in value for value in plate.values):
        return []
    ratios: dict[int, dict[str, float]] = {}
    for column in columns:
        if len(column) < 4 or column is plate or _one_a_plate(plate, column):
            continue
        seen = spread_in_plates(x[:, asked], column.codes, plate.codes, below=4 * NOISY)
        near = np.nan_to_num(seen.ratio, nan=np.inf) < NOISY
        for k in np.flatnonzero(near if seen.repeats >= REPEATS else []):
            place = int(np.flatnonzero(asked)[k])
            ratios.setdefault(place, {})[column.name] = float(seen.ratio[k])
    traces = []
    for k, found in ratios.items():  # within plates compound and mechanism are often one
        first, *rest = _as_good(found, columns)
        also = tuple(column.name for column in rest)
        traces.append(Trace(k, first.name, "per plate", found[first.name], also))
    return traces


def _more_than_chance(x: Float64[np.ndarray, " n"], codes: Int64[np.ndarray, " n"]) -> bool:
    """Return whether a feature of few values is constant within groups by more than chance.

    A feature that is zero but in a few rows is constant in every group of one row: what counts
    are rows that repeat a value other than the commonest.
    """
    known = codes >= 0
    values = np.round((x[known] - x.min()) / np.ptp(x), 4)
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    rare = place != count.argmax()
    return bool(rare.sum() - len(np.unique(codes[known][rare])) >= REPEATS)


def _coarsest(
    feature: int,
    ratios: Mapping[str, float],
    columns: Sequence[Column],
    spreads: Mapping[str, Spread],
) -> Trace:
    """Return the coarsest of the columns that fit the feature about equally well."""
    good = _as_good(ratios, columns)
    column = min(good, key=len)
    kind = "constant" if spreads[column.name].constant[feature] else "noisy"
    also = tuple(c.name for c in good if c is not column and _alike(c, column))
    return Trace(feature, column.name, kind, ratios[column.name], also)


def _as_good(ratios: Mapping[str, float], columns: Sequence[Column]) -> list[Column]:
    """Return the columns whose ratio is about the smallest."""
    best = min(ratios.values())
    return [c for c in columns if ratios.get(c.name, np.inf) <= max(2 * best, _ZERO)]


def _alike(one: Column, other: Column) -> bool:
    """Return whether two columns split the rows that have both in the same way."""
    known = (one.codes >= 0) & (other.codes >= 0)
    pairs = np.unique(np.stack([one.codes[known], other.codes[known]]), axis=1).shape[1]
    return pairs == len(np.unique(one.codes[known])) == len(np.unique(other.codes[known]))


def _one_a_plate(plate: Column, column: Column) -> bool:
    """Return whether a column has one value per plate, as a batch has."""
    both = np.unique(np.stack([plate.codes, column.codes]), axis=1)
    return both.shape[1] == len(plate)
