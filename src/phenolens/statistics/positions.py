"""Position effects: what a value owes to its place on the plate, not to plate or treatment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy import stats
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

_ROUNDS = 2000
_SMALL = 1e-9
_AT_ONCE = 512  # values: a copy of them is freed of plates and treatments


@dataclass(frozen=True, slots=True)
class PositionEffect:
    """What the place on the plate does to one value. NaN: the wells cannot tell.

    Attributes:
        edge: Mean of wells at the edge minus that of the others, plate and treatment being equal,
            in standard deviations of what is left.
        edge_p: Of its t test.
        row_p: Of the F test that the rows of the plate do not differ.
        column_p: The same for columns.
        wells: Wells that have the value.
    """

    edge: float
    edge_p: float
    row_p: float
    column_p: float
    wells: int

    @property
    def least_p(self) -> float:
        """The smallest of the three p values; 1 where there is none."""
        known = [p for p in (self.edge_p, self.row_p, self.column_p) if np.isfinite(p)]
        return min(known, default=1.0)


def position_effects(
    values: Float64[np.ndarray, "n m"],
    plate: Int64[np.ndarray, " n"],
    treatment: Int64[np.ndarray, " n"],
    row: Int64[np.ndarray, " n"],
    column: Int64[np.ndarray, " n"],
    edge: Bool[np.ndarray, " n"],
) -> list[PositionEffect]:
    """Return the effects of the position on each value.

    Ordinary least squares with a term per plate and per treatment, to which the edge (t test), the
    rows, or the columns (F tests) are added, each alone (Frisch and Waugh 1933: both sides are
    freed of plate and treatment first). Where every treatment keeps its well, only wells of one
    treatment at several positions, as those of controls, can tell.

    Args:
        values: One row per well; what is not finite is left out.
        plate: Code of each well's plate, from 0.
        treatment: Code of its treatment; all controls have one.
        row: Its row.
        column: Its column.
        edge: Whether it is at the edge.
    """
    made: list[PositionEffect | None] = [None] * values.shape[1]
    known = np.isfinite(values)
    alike: dict[bytes, list[int]] = {}  # values that the same wells have
    for m in range(values.shape[1]):
        alike.setdefault(known[:, m].tobytes(), []).append(m)
    for columns in alike.values():
        rows = known[:, columns[0]]
        places = (row[rows], column[rows], edge[rows])
        within = _Within(plate[rows], treatment[rows])
        for first in range(0, len(columns), _AT_ONCE):
            part = columns[first : first + _AT_ONCE]
            found = _effects(values[np.ix_(rows, part)], within, *places)
            for m, one in zip(part, found, strict=True):
                made[m] = one
    return [one for one in made if one is not None]


class _Within:
    """Frees values of the means of plates and treatments, by turns until nothing changes."""

    def __init__(self, plate: Int64[np.ndarray, " n"], treatment: Int64[np.ndarray, " n"]) -> None:
        n = len(plate)
        codes = [np.unique(each, return_inverse=True)[1] for each in (plate, treatment)]
        self.averages = []
        for code in codes:
            size = np.bincount(code) if n else np.zeros(0)
            weight = 1.0 / size[code] if n else np.zeros(0)
            sums = csr_array((weight, (code, np.arange(n))), shape=(len(size), n))
            self.averages.append((sums, code))
        self.rank = self._rank(*codes) if n else 0

    def __call__(self, values: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n m"]:
        left = values.astype(np.float64, copy=True)
        scale = float(np.abs(left).max(initial=0.0))
        for _ in range(_ROUNDS):
            change = 0.0
            for sums, code in self.averages:
                means = sums @ left
                change = max(change, float(np.abs(means).max(initial=0.0)))
                left -= means[code]
            if change <= 1e-12 * scale:
                break
        return left

    @staticmethod
    def _rank(plate: Int64[np.ndarray, " n"], treatment: Int64[np.ndarray, " n"]) -> int:
        """Return the rank of the terms: one is lost per part that shares no plate or treatment."""
        plates, treatments = int(plate.max()) + 1, int(treatment.max()) + 1
        size = plates + treatments
        graph = csr_array((np.ones(len(plate)), (plate, plates + treatment)), shape=(size, size))
        return size - int(connected_components(graph, directed=False)[0])


def _effects(
    values: Float64[np.ndarray, "n m"],
    within: _Within,
    row: Int64[np.ndarray, " n"],
    column: Int64[np.ndarray, " n"],
    edge: Bool[np.ndarray, " n"],
) -> list[PositionEffect]:
    left, count = within(values), values.shape[1]
    spread = values.std(axis=0) if len(values) else np.zeros(count)
    total = (left**2).sum(axis=0)
    dead = total <= (_SMALL * spread) ** 2 * max(1, len(values))  # nothing left to explain
    total[dead] = np.nan
    side, side_p = _edge(left, within, edge, total)
    row_p, column_p = (_factor(left, within, code, total) for code in (row, column))
    return [
        PositionEffect(float(s), float(p), float(r), float(c), len(values))
        for s, p, r, c in zip(side, side_p, row_p, column_p, strict=True)
    ]


def _edge(
    left: Float64[np.ndarray, "n m"],
    within: _Within,
    edge: Bool[np.ndarray, " n"],
    total: Float64[np.ndarray, " m"],
) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
    x = within(edge[:, None].astype(np.float64))[:, 0]
    size, freedom = float(x @ x), len(left) - within.rank - 1
    if size < _SMALL * max(1, len(left)) or freedom < 1:
        return np.full(left.shape[1], np.nan), np.full(left.shape[1], np.nan)
    slope = x @ left / size
    variance = np.maximum(total - slope**2 * size, 0) / freedom
    with np.errstate(divide="ignore", invalid="ignore"):
        t = slope / np.sqrt(variance / size)
        return slope / np.sqrt(variance), 2 * stats.t.sf(np.abs(t), freedom)


def _factor(
    left: Float64[np.ndarray, "n m"],
    within: _Within,
    code: Int64[np.ndarray, " n"],
    total: Float64[np.ndarray, " m"],
) -> Float64[np.ndarray, " m"]:
    terms = (code[:, None] == np.unique(code)).astype(np.float64)
    basis, size, _ = np.linalg.svd(within(terms), full_matrices=False)
    basis = basis[:, size > 1e-6]
    freed = basis.shape[1]
    freedom = len(left) - within.rank - freed
    if freed < 1 or freedom < 1:
        return np.full(left.shape[1], np.nan)
    explained = ((basis.T @ left) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (explained / freed) / (np.maximum(total - explained, 0) / freedom)
    return np.asarray(stats.f.sf(ratio, freed, freedom), dtype=np.float64)
