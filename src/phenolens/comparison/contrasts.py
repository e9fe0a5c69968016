"""Contrast: what one set of cells has more than another, matched pair by pair, and how sure it is.

Cells have the same queries (treatments), so the difference is taken query by query, averaged over
the pairs of cells, and only then over queries. What makes a treatment hard for all cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from phenolens.comparison.matched import Terms
from phenolens.comparison.measured import Measured
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.sign_flip import sign_flip_p
from phenolens.statistics.student import FEW, student_interval

FEWEST = 6  # units: of fewer not even equal signs give p below 0.05 (2 / 2**5 = 0.06)
_LARGEST = 700.0  # a logarithm whose exponential is a number still


@dataclass(frozen=True, slots=True)
class Contrast:
    """One set of cells less another, in one score.

    Attributes:
        difference: Mean over queries; of costs the logarithm of the ratio. NaN: none.
        low: Lower end of the 95 % interval.
        high: Upper end.
        n: Queries.
        units: What is drawn together: compounds.
        pairs: Pairs of cells.
        p: Of the sign-flip test.
        agree: Share of the pairs of cells and seeds whose own values differ in the same direction.
            What another training would change is not in the interval: it shows here.
        ratio: Whether these are logarithms.
        note: What a reader must know.
    """

    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    units: int = 0
    pairs: int = 0
    p: float = math.nan
    agree: float = math.nan
    ratio: bool = False
    note: str = ""

    def turned(self) -> Contrast:
        """Return the other less the one."""
        value, low, high = (0.0 - end for end in (self.difference, self.high, self.low))
        return replace(self, difference=value, low=low, high=high)

    def row(self) -> dict[str, object]:
        """Return the columns difference, low, high, n, p, agree and note; ratios as such."""
        ends = {"difference": self.difference, "low": self.low, "high": self.high}
        if self.ratio:
            ends = {name: math.exp(min(value, _LARGEST)) for name, value in ends.items()}
        return {**ends, "n": self.n, "p": self.p, "agree": self.agree, "note": self.note}


def contrast(measured: Measured, terms: Sequence[Terms], *, seed: int = 0) -> Contrast:
    """Return the mean over matched cells of what is added less what is taken away.

    The seeds of a cell are averaged query by query first. Cells that read other data have other
    queries, which are pooled. The interval is a bootstrap over compounds
    (`statistics.intervals`), of fewer than 20 Student's (`statistics.student`); p is that of a
    sign-flip test over compounds (`statistics.sign_flip`). Rows of one compound alone (controls)
    are drawn by plate.

    Of a figure, a cost or a score without rows that can be matched, every pair of cells and seed is
    a unit; pairs that share a cell are one together, since what is odd about that cell is in all
    of them. Costs are compared by their ratio: the mean of logarithms.

    Args:
        measured: Of all cells.
        terms: The cells that are compared; those that are not finished are left out.
        seed: Of the draws.
    """
    there = [one for one in terms if all(cell in measured.place for cell in one.cells)]
    if not there:
        return Contrast(ratio=measured.ratio, note=f"no pair of finished cells has {measured.name}")
    found, used, notes = _by_query(measured, there)
    if found is None:
        found, used, notes = _by_seed(measured, there)
    if not len(found):
        return Contrast(ratio=measured.ratio, note=f"no pair of cells shares a {measured.name}")
    if len(there) < len(terms):
        notes.insert(0, f"{len(there)} of {len(terms)} pairs of cells are finished")
    gap = found["gap"].to_numpy(dtype=np.float64)
    units = int(found["unit"].nunique())
    few = units < FEW
    low, high = (
        student_interval(gap, found["unit"])
        if few
        else interval_of_mean(gap, found["unit"], seed=seed)
    )
    if units == 1:
        notes.append("one unit alone: no interval")
    elif units < FEWEST:
        notes.append(f"{units} units: p cannot be below {2.0 ** (1 - units):.2g}")
    return Contrast(
        difference=float(gap.mean()),
        low=low,
        high=high,
        n=len(found),
        units=units,
        pairs=used,
        p=sign_flip_p(gap, found["unit"], seed=seed),
        agree=_agree(measured, there, float(gap.mean())),
        ratio=measured.ratio,
        note="; ".join(notes),
    )


def _by_query(
    measured: Measured, terms: Sequence[Terms]
) -> tuple[pd.DataFrame | None, int, list[str]]:
    """Return gap and unit of every query, the pairs used and notes; None where none is shared."""
    sources: dict[tuple[str, ...], list[Float64[np.ndarray, " q"]]] = {}
    used = 0
    for one in terms:
        gap = _gap(measured.rows, measured, one)
        if np.isfinite(gap).any():
            read = tuple(sorted({measured.source[cell] for cell in one.cells}))
            sources.setdefault(read, []).append(gap)
            used += 1
    if not used:
        return None, 0, []
    notes = [] if used == len(terms) else [f"{used} of {len(terms)} pairs of cells share queries"]
    notes += [] if measured.is_mean else ["of the mean over rows, which is not the score itself"]
    tables = []
    for number, gaps in enumerate(sources.values()):
        every = np.array(gaps)
        known = np.isfinite(every)
        shared = known.any(axis=0)
        mean = np.where(known, every, 0).sum(axis=0)[shared] / known.sum(axis=0)[shared]
        unit, note = _units(measured.queries[shared], number)
        notes += [note] if note and note not in notes else []
        tables.append(pd.DataFrame({"gap": mean, "unit": unit}))
    return pd.concat(tables, ignore_index=True), used, notes


def _units(queries: pd.DataFrame, number: int) -> tuple[list[str], str]:
    """Return what each query is drawn with, and what a reader must know of that."""
    compounds = queries["compound"]
    if not compounds.any():  # of cell lines, say
        return [f"{number} {query}" for query in queries.index], ""
    if compounds.nunique() == 1 and queries["plate"].nunique() > 1:
        plates = [f"{number} {plate}" for plate in queries["plate"]]
        return plates, "rows of one compound: plates are the units"
    return compounds.tolist(), ""


def _by_seed(measured: Measured, terms: Sequence[Terms]) -> tuple[pd.DataFrame, int, list[str]]:
    """Return the gap of every pair of cells and seed, the pairs used and notes."""
    gaps = np.array([_gap(measured.by_seed, measured, one) for one in terms])
    known = np.isfinite(gaps)
    if measured.shared:  # cells that share a training are one measurement of it
        known &= _first_of_its_kind(measured, terms)
    pair, seed = np.nonzero(known)
    block = _blocks([terms[k] for k in np.unique(pair)])[np.unique(pair, return_inverse=True)[1]]
    units = [f"{one} {other}" for one, other in zip(block, seed, strict=True)]
    count = len(pair)
    note = f"each of {count} pairs of cells and seeds is a unit"
    if len(set(units)) < count:
        note = f"{count} pairs of cells and seeds; those that share a cell are one unit"
    return pd.DataFrame({"gap": gaps[known], "unit": units}), len(np.unique(pair)), [note]


def _agree(measured: Measured, terms: Sequence[Terms], difference: float) -> float:
    """Return the share of pairs of cells and seeds whose own values have the sign of the mean."""
    gaps = np.array([_gap(measured.by_seed, measured, one) for one in terms])
    known = np.isfinite(gaps)
    same = np.sign(gaps[known]) == np.sign(difference)
    return float(same.mean()) if known.any() else math.nan


def _blocks(terms: Sequence[Terms]) -> Int64[np.ndarray, " t"]:
    """Return the number of the block of each pair of cells: those of a block share cells."""
    cells = {cell: k for k, cell in enumerate(dict.fromkeys(c for one in terms for c in one.cells))}
    spots = [(row, cells[cell]) for row, one in enumerate(terms) for cell in set(one.cells)]
    row, column = np.array(spots, dtype=np.int64).reshape(-1, 2).T
    has = coo_array((np.ones(len(row)), (row, column)), shape=(len(terms), len(cells))).tocsr()
    return np.asarray(connected_components(has @ has.T, directed=False)[1], dtype=np.int64)


def _gap(
    values: Float64[np.ndarray, "c k"], measured: Measured, one: Terms
) -> Float64[np.ndarray, " k"]:
    plus, minus = ([measured.place[cell] for cell in side] for side in (one.plus, one.minus))
    return np.asarray(values[plus].sum(axis=0) - values[minus].sum(axis=0), dtype=np.float64)


def _first_of_its_kind(measured: Measured, terms: Sequence[Terms]) -> np.ndarray:
    """Return whether no earlier pair of cells has the very same values, seed by seed."""
    first = np.ones((len(terms), measured.by_seed.shape[1]), dtype=bool)
    seen: set[tuple[float, ...]] = set()
    for row, one in enumerate(terms):
        places = [measured.place[cell] for cell in one.cells]
        for seed in range(first.shape[1]):
            key = (float(seed), *map(float, measured.by_seed[places, seed]))
            first[row, seed] = key not in seen
            seen.add(key)
    return first
