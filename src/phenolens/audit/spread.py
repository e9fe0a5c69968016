"""How far a feature varies within the values of a column, against how far between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy import sparse

_MOST_PAIRS = 60  # of plates; those that share most are compared
_FIRST = 5  # pairs of plates that most features are judged by
_NARROW = 1e-5  # of a feature's range: float32's last places, several steps later


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Of every feature, the spread within the groups as a share of the spread between them.

    Both are made of medians and quantiles over groups, each group counting once: a few extreme
    compounds cannot make a feature look like a code, as with explained variance. Measured
    features have 0.4 and more (measured on BBBC021, CPJUMP1, LINCS), codes 0.

    Attributes:
        ratio: (d,) the ratio; NaN where half of the groups have one value.
        constant: (d,) whether the feature has one value within every group.
        repeats: How many rows are not the first of their group: what the ratio rests on.
        groups: How many groups have two rows or more.
    """

    ratio: Float64[np.ndarray, " d"]
    constant: Bool[np.ndarray, " d"]
    repeats: int
    groups: int


def spread(x: Float64[np.ndarray, "n d"], codes: Int64[np.ndarray, " n"]) -> Spread:
    """Return how far the features vary within groups, against between them.

    Args:
        x: Features.
        codes: Each row's group, -1 for none.
    """
    x, codes = x[codes >= 0], np.unique(codes[codes >= 0], return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    x, codes = x[order], codes[order]
    centre, size, within = _within(x, codes)
    start = np.searchsorted(codes, np.arange(len(size)))
    width = np.maximum.reduceat(x, start) - np.minimum.reduceat(x, start)
    middle = np.median(centre, axis=0)
    return Spread(
        ratio=_ratio(within[size > 1], np.median(np.abs(centre - middle), axis=0)),
        constant=(np.ptp(x, axis=0) > 0) & (width.max(axis=0) <= _NARROW * np.ptp(x, axis=0)),
        repeats=int((size - 1).sum()),
        groups=int((size > 1).sum()),
    )


def spread_in_plates(
    x: Float64[np.ndarray, "n d"],
    codes: Int64[np.ndarray, " n"],
    plate: Int64[np.ndarray, " n"],
    *,
    below: float = np.inf,
) -> Spread:
    """Return the same where each plate has been shifted and rescaled by itself.

    Standardized per plate, a code is another affine function of itself on every plate: constant
    within a group of one plate, and of two plates that share groups the group means are on a
    line. The ratio is the larger of the two misfits: within the plates, and off the lines (the
    90th percentile of groups, the median of pairs of plates), each over the spread between groups.

    Args:
        x: Features.
        codes: Each row's group, -1 for none.
        plate: Each row's plate, -1 for none.
        below: Features whose first few pairs of plates say more than this are looked at no
            further: their ratio stays that of these pairs.
    """
    known = (codes >= 0) & (plate >= 0)
    x, codes, plate = x[known], codes[known], plate[known]
    cell, cells = np.unique(np.stack([plate, codes]), axis=1, return_inverse=True)
    order = np.argsort(cells.reshape(-1), kind="stable")
    centre, size, within = _within(x[order], cells.reshape(-1)[order])
    pairs = _pairs(cell[0], cell[1])[:_MOST_PAIRS]
    if not pairs:
        nothing = np.full(x.shape[1], np.nan)
        return Spread(nothing, np.zeros(x.shape[1], dtype=bool), 0, 0)
    ratio = _off_the_lines(centre, pairs[:_FIRST])
    near = ratio <= below
    if near.any():
        ratio[near] = _off_the_lines(centre[:, near], pairs)
        again = size > 1
        if again.any():
            inside = _within_plates(centre[:, near], within[:, near], cell[0], again)
            ratio[near] = np.fmax(ratio[near], inside)
    repeats = sum(len(left) - 2 for left, _ in pairs)
    return Spread(ratio, ratio < _NARROW, repeats, len(pairs))


def _within(
    x: Float64[np.ndarray, "n d"], codes: Int64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, "k d"], Int64[np.ndarray, " k"], Float64[np.ndarray, "k d"]]:
    """Return every group's mean, size and mean absolute deviation, corrected for its size."""
    size = np.bincount(codes)
    groups = sparse.csr_array((np.ones(len(x)), (codes, np.arange(len(x)))))
    centre = (groups @ x) / size[:, None]
    deviation = (groups @ np.abs(x - centre[codes])) / size[:, None]
    larger = np.sqrt(size / np.maximum(size - 1, 1))
    return centre, size, deviation * larger[:, None]


def _ratio(
    within: Float64[np.ndarray, "g d"], between: Float64[np.ndarray, " d"]
) -> Float64[np.ndarray, " d"]:
    if not len(within):
        return np.full(len(between), np.nan)
    wide = np.quantile(within, 0.9, axis=0)
    return np.divide(wide, between, out=np.full(len(between), np.nan), where=between > 0)


def _within_plates(
    centre: Float64[np.ndarray, "c d"],
    within: Float64[np.ndarray, "c d"],
    plate: Int64[np.ndarray, " c"],
    again: Bool[np.ndarray, " c"],
) -> Float64[np.ndarray, " d"]:
    """Return the deviation within groups of a plate, over the spread of that plate's groups."""
    found = []
    for p in np.unique(plate[again]):
        here = plate == p
        if here.sum() > 2:
            middle = np.median(centre[here], axis=0)
            found.append(
                _ratio(within[here & again], np.median(np.abs(centre[here] - middle), axis=0))
            )
    return _median(np.array(found)) if found else np.full(centre.shape[1], np.nan)


def _pairs(
    plate: Int64[np.ndarray, " c"], codes: Int64[np.ndarray, " c"]
) -> list[tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]]:
    """Return the cells of four groups and more that two plates share, the most shared first."""
    found = []
    places = [np.flatnonzero(plate == p) for p in np.unique(plate)]
    for one, other in combinations(places, 2):
        _, left, right = np.intersect1d(codes[one], codes[other], return_indices=True)
        if len(left) >= 4:
            found.append((one[left], other[right]))
    return sorted(found, key=lambda pair: -len(pair[0]))


def _off_the_lines(
    centre: Float64[np.ndarray, "c d"],
    pairs: list[tuple[Int64[np.ndarray, " _"], Int64[np.ndarray, " _"]]],
) -> Float64[np.ndarray, " d"]:
    return _median(np.array([_off_the_line(centre[left], centre[right]) for left, right in pairs]))


def _off_the_line(
    a: Float64[np.ndarray, "m d"], b: Float64[np.ndarray, "m d"]
) -> Float64[np.ndarray, " d"]:
    """Return how far the group means of one plate are from a line in those of another."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    length = (a * a).sum(axis=0)
    slope = np.divide((a * b).sum(axis=0), length, out=np.zeros_like(length), where=length > 0)
    rest = np.abs(b - slope * a) * np.sqrt(len(a) / (len(a) - 2))
    return _ratio(rest, np.median(np.abs(b - np.median(b, axis=0)), axis=0))


def _median(values: Float64[np.ndarray, "r d"]) -> Float64[np.ndarray, " d"]:
    """Return the median of each column, NaN counting as the worst: a ratio that was not found."""
    return np.median(np.where(np.isnan(values), np.inf, values), axis=0)
