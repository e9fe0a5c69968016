"""CurveNeighbours: is the nearest curve, under time warping, a replicate of the same condition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean
from phenolens.trajectories.curves import CURVE, Curves, identity
from phenolens.trajectories.dtw import CELLS_PER_HOUR, MOST_CELLS, cells_of, dtw_matrix
from phenolens.trajectories.series import equal_time_rows, on_grid, scaled_series
from phenolens.trajectories.warping_gain import nearest_others

_NAME = "curve_neighbours"
_MOST = 20_000  # curves of one run


@dataclass(frozen=True, kw_only=True)
class CurveNeighbours:
    """Share of curves whose nearest other curve, under time warping, is of the same condition.

    Leave-one-out nearest neighbours of measured curves (one row per curve and time), within each
    plate: all variables at once, each divided by its sd over the plate's curves, by the sum of
    euclidean distances along the best path. A condition is a compound, concentration and cell
    line. `drug` in the figures is the share whose nearest curve has the same compound; `plain` and
    `plain_drug` are the same at equal times, without warping. A curve without a replicate on its
    plate asks nothing and is counted. Needs dtaidistance: `pip install 'phenolens[time]'`.

    Attributes:
        within: Columns that make a run, as far as the table has them; none for all curves together.
        band: How many frames warping may shift by; 0 for no limit.
        permutations: Shuffles of the conditions between the curves of a run, for the null.
        seed: Of the shuffles.
    """

    title: ClassVar[str] = "Curve neighbours (DTW)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: the curves of replicates are nearer than those of other doses."
    chance: ClassVar[str] = "one less than the replicates, over one less than the curves of a run"
    blind: ClassVar[str] = "replicates that are alike because their wells are next to each other"
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "curves"

    within: tuple[str, ...] = ("plate",)
    band: int = 0
    permutations: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, band=self.band, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> CurveNeighbours:
        """Return one for the contract tests, whose replicates are on plates of their own."""
        return cls(within=("batch",))

    def __call__(self, profiles: Profiles) -> Score:
        """Return the share, with one row per curve that has a replicate.

        Raises:
            InputError: No column `time`, `compound` or `control`, two rows of one curve at one
                time, an infinite feature, no curve with a replicate, or no dtaidistance.
        """
        profiles.column("compound", _NAME)
        curves = Curves.of(profiles, _NAME)
        meta = profiles.meta.iloc[curves.first].reset_index(drop=True)
        there = [name for name in self.within if name in meta.columns]
        run = identity(meta, there)[0]
        condition = identity(meta, ("compound", "concentration", "cell_line"))[0]
        drug = identity(meta, ("compound",))[0]
        whole = np.diff(curves.start) > 0
        found: list[pd.DataFrame] = []
        null = np.zeros(self.permutations)
        rng = np.random.default_rng(self.seed)
        for one in range(int(run.max()) + 1):
            own = np.flatnonzero((run == one) & whole)
            asks = np.bincount(condition[own])[condition[own]] > 1 if len(own) else own > 0
            if not asks.any():
                continue
            near, plain = self._neighbours(profiles, curves, own)
            i = np.flatnonzero(asks)
            columns = {
                "curve": own[i],
                "value": _same(condition[own], near, i),
                "same_compound": _same(drug[own], near, i),
                "plain": _same(condition[own], plain, i),
                "plain_compound": _same(drug[own], plain, i),
            }
            found.append(pd.DataFrame(columns))
            for b in range(self.permutations):
                order = rng.permutation(len(own))  # which curves have a replicate moves along
                names, ask = condition[own][order], np.flatnonzero(asks[order])
                null[b] += _same(names, near, ask).sum()
        if not found:
            raise InputError(
                f"{_NAME} needs two curves of one condition within {there or 'the table'}",
                fix="name fewer columns in `within`",
            )
        rows = pd.concat(found, ignore_index=True)
        return self._score(rows, meta, condition, null / len(rows), int(whole.sum()) - len(rows))

    def _neighbours(
        self, profiles: Profiles, curves: Curves, own: Int64[np.ndarray, " k"]
    ) -> tuple[Int64[np.ndarray, " k"], Int64[np.ndarray, " k"]]:
        """Return the nearest other curve of each, with warping and at equal times."""
        if len(own) > _MOST:
            raise InputError(
                f"{_NAME}: {len(own)} curves in one run; it compares up to {_MOST}",
                fix="name a column in `within`, such as plate",
            )
        series = scaled_series(profiles, curves, own)
        cells = cells_of(series, self.band)
        if cells > MOST_CELLS:
            raise InputError(
                f"{_NAME}: {len(own)} curves of one run would take about "
                f"{cells / CELLS_PER_HOUR:.0f} hours",
                fix="set `band`, or take the mean of neighbouring times first",
            )
        near = nearest_others(dtw_matrix(series, self.band, _NAME))
        return near, nearest_others(equal_time_rows(on_grid(curves, own, series)))

    def _score(
        self,
        rows: pd.DataFrame,
        meta: pd.DataFrame,
        condition: Int64[np.ndarray, " c"],
        null: Float64[np.ndarray, " p"],
        lost: int,
    ) -> Score:
        curve = rows.pop("curve").to_numpy()
        names = [name for name in CURVE if name in meta.columns]
        value = rows["value"].to_numpy(dtype=np.float64)
        low, high = interval_of_mean(value, pd.Series(condition[curve]), seed=self.seed)
        whole = low < high
        share = float(value.mean())
        return Score(
            name=_NAME,
            value=share,
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            hits=int(value.sum()),
            n=len(rows),
            **chance(share, null),
            rows=pd.concat([meta.iloc[curve][names].reset_index(drop=True), rows], axis=1),
            figures={
                "drug": float(rows["same_compound"].mean()),
                "plain": float(rows["plain"].mean()),
                "plain_drug": float(rows["plain_compound"].mean()),
            },
            notes=(f"curves without a replicate in their run left out: {lost}",) if lost else (),
        )


def _same(
    code: Int64[np.ndarray, " k"], near: Int64[np.ndarray, " k"], asks: Int64[np.ndarray, " a"]
) -> Float64[np.ndarray, " a"]:
    """Return 1 where the neighbour shares the code; 0 where it does not, or there is none."""
    return ((near[asks] >= 0) & (code[near[asks]] == code[asks])).astype(np.float64)
