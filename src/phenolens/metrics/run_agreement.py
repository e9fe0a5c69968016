"""RunAgreement: is a treatment's trajectory, or its cluster, the same in another run or line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, NoReturn

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from scipy.spatial.distance import cdist

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.ties import mean_ranks
from phenolens.trajectories.curves import column_codes, identity
from phenolens.trajectories.table import not_infinite, times_of

_NAME = "run_agreement"
_TREATMENT = ("compound", "concentration", "cell_line")


@dataclass(frozen=True, kw_only=True)
class RunAgreement:
    """How well the trajectory of a treatment agrees between runs, or between cell lines.

    For each two runs and each treatment that both have (compound, concentration and cell line,
    without those that make a run): how many of the treatments of the other run have a trajectory
    further away than its own, as a share, ties a half; 1 if its own is the nearest of all, 0.5 by
    chance. Trajectories are means over curves, divided by their sd over the run, and compared at
    the times that both have. With `of`, a column such as `cluster` or `effect_called` is compared
    instead: 1 where the commonest value of the treatment's curves is the same in both runs.
    Controls do not count, and treatments of one run only are left out and counted.

    Attributes:
        over: Columns that make a run: plate, batch or cell_line.
        of: A metadata column to compare; empty for the trajectories.
        permutations: Shuffles of the treatments within each run, for the null.
        seed: Of the shuffles.
    """

    title: ClassVar[str] = "Agreement of runs"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: in another run a treatment's nearest trajectory is its own."
    chance: ClassVar[str] = "0.5; with `of`, the agreement of shuffled treatments"
    chance_level: ClassVar[float] = 0.5
    blind: ClassVar[str] = "what both runs share by their layout: wells at one place act alike"
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"

    over: tuple[str, ...] = ("plate",)
    of: str = ""
    permutations: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)
        if not self.over:
            raise InputError("name at least one column that makes a run", where="over")

    def __call__(self, profiles: Profiles) -> Score:
        """Return the mean agreement, with one row per treatment.

        Raises:
            InputError: Not trajectories, no column of `over`, `of`, `compound` or `control`, no
                two runs with two treatments in common, or a distance that is infinite or negative.
        """
        profiles.not_empty(_NAME)
        for name in ("compound", *self.over):
            profiles.column(name, _NAME)
        used = np.flatnonzero(~profiles.controls(_NAME))
        meta = profiles.meta.iloc[used].reset_index(drop=True)
        run = identity(meta, self.over)[0]
        names = [n for n in _TREATMENT if n in meta.columns and n not in self.over]
        treatment, first = identity(meta, names)
        there = {int(one): set(treatment[run == one].tolist()) for one in np.unique(run)}
        if not any(len(a & b) > 1 for a, b in combinations(there.values(), 2)):
            self._refuse()  # before features are asked for
        if self.of:
            profiles.column(self.of, _NAME)
        times_of(profiles)
        values = not_infinite(profiles, _NAME)
        cells = self._cells(meta, values[used], run, treatment)
        total, pairs = np.zeros(len(first)), np.zeros(len(first))
        null, rng = np.zeros(self.permutations), np.random.default_rng(self.seed)
        for both, agree in self._pairs(cells):
            total[both] += np.diag(agree)
            pairs[both] += 1
            for k in range(self.permutations):
                null[k] += agree[np.arange(len(both)), rng.permutation(len(both))].sum()
        if not pairs.any():
            self._refuse()
        rows = meta.iloc[first][names].reset_index(drop=True)
        met = pairs > 0
        rows = rows[met].assign(runs=1 + pairs[met] / 2, value=total[met] / pairs[met])
        return self._score(rows.reset_index(drop=True), null / pairs.sum(), int((~met).sum()))

    def _refuse(self) -> NoReturn:
        raise InputError(
            f"{_NAME} needs two runs (of {', '.join(self.over)}) with two treatments in common",
            fix="name another column in `over`",
        )

    def _cells(
        self,
        meta: pd.DataFrame,
        values: Float64[np.ndarray, "n t"],
        run: Int64[np.ndarray, " n"],
        treatment: Int64[np.ndarray, " n"],
    ) -> dict[int, dict[int, Float64[np.ndarray, " _"]]]:
        """Return the mean trajectory (or the commonest value) of each treatment in each run."""
        if self.of:
            values = column_codes(meta[self.of])[:, None].astype(np.float64)
        made: dict[int, dict[int, Float64[np.ndarray, " _"]]] = {}
        by_treatment = np.lexsort((treatment, run))  # a treatment of a run is one stretch of it
        for one in np.unique(run):
            cells = {}
            begin, end = np.searchsorted(run[by_treatment], [one, one + 1])
            rows = by_treatment[begin:end]
            names, starts = np.unique(treatment[rows], return_index=True)
            for t, part in zip(names.tolist(), np.split(rows, starts[1:]), strict=True):
                own = values[part]
                own = own[np.lexsort(own.T)]  # summed in an order that is not the table's
                cells[t] = _commonest(own) if self.of else _mean(own)
            if not self.of:
                spread = np.concatenate(list(cells.values()))
                sd = float(spread[np.isfinite(spread)].std()) if np.isfinite(spread).any() else 0.0
                cells = {t: cell / sd if sd > 0 else cell for t, cell in cells.items()}
            made[int(one)] = {t: cell for t, cell in cells.items() if np.isfinite(cell).any()}
        return made

    def _pairs(
        self, cells: dict[int, dict[int, Float64[np.ndarray, " _"]]]
    ) -> Iterator[tuple[Int64[np.ndarray, " m"], Float64[np.ndarray, "m m"]]]:
        """Yield the treatments that two runs have, and how well each agrees with each other one."""
        for a, b in combinations(sorted(cells), 2):
            both = np.array(sorted(cells[a].keys() & cells[b].keys()), dtype=np.int64)
            if len(both) > 1:
                here, there = [cells[a][t] for t in both], [cells[b][t] for t in both]
                yield from ((both, agree) for agree in self._both_ways(here, there))

    def _both_ways(
        self, here: list[Float64[np.ndarray, " _"]], there: list[Float64[np.ndarray, " _"]]
    ) -> Iterator[Float64[np.ndarray, "m m"]]:
        """Yield how well each treatment of a run agrees with each of another, and the reverse."""
        if self.of:
            same = (np.array(here) == np.array(there)[:, 0]).astype(np.float64)
            yield same
            yield same.T
            return
        far = _apart(np.array(here), np.array(there))
        for one in (far, far.T):
            yield (len(far) - mean_ranks(one)) / (len(far) - 1)  # a tie counts a half

    def _score(self, rows: pd.DataFrame, null: Float64[np.ndarray, " p"], lost: int) -> Score:
        value = float(rows["value"].mean())
        low, high = interval_of_mean(
            rows["value"].to_numpy(dtype=np.float64), rows["compound"], seed=self.seed
        )
        whole = low < high
        return Score(
            name=_NAME,
            value=value,
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            n=len(rows),
            **chance(value, null),
            rows=rows,
            notes=(f"treatments of one run only left out: {lost}",) if lost else (),
        )


def _mean(values: Float64[np.ndarray, "k t"]) -> Float64[np.ndarray, " t"]:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


def _apart(
    here: Float64[np.ndarray, "m t"], there: Float64[np.ndarray, "m t"]
) -> Float64[np.ndarray, "m m"]:
    """Return the mean difference at the times that both have; 1e300 where there is none."""
    if np.isfinite(here).all() and np.isfinite(there).all():
        return np.asarray(cdist(here, there, "cityblock") / here.shape[1])
    total, count = np.zeros((2, len(here), len(there)))
    for a, b in zip(here.T, there.T, strict=True):
        far = np.abs(a[:, None] - b)
        known = np.isfinite(far)
        total += np.where(known, far, 0.0)
        count += known
    return np.where(count > 0, total / np.maximum(count, 1), 1e300)


def _commonest(values: Float64[np.ndarray, "k 1"]) -> Float64[np.ndarray, " 1"]:
    """Return the commonest code, of equals the first; NaN where all are missing."""
    known = values[values[:, 0] > 0, 0]
    if not len(known):
        return np.array([np.nan])
    codes, count = np.unique(known, return_counts=True)
    return codes[[count.argmax()]]
