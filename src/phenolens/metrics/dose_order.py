"""DoseOrder: do the trajectories of a drug leave the controls further with every dose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64
from scipy.stats import false_discovery_control

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between, within
from phenolens.core.reading.numbers import number_or_nan
from phenolens.core.score import Score
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.monotone import rising, shuffled_trends
from phenolens.trajectories.curves import identity
from phenolens.trajectories.dose_reversal import reversal
from phenolens.trajectories.table import not_infinite, times_of

_NAME = "dose_order"
_MOST_SHUFFLES = 100_000  # for one compound among many


@dataclass(frozen=True, kw_only=True)
class DoseOrder:
    """Mean rank correlation of dose and departure from the controls, per compound and cell line.

    A curve's departure is its mean distance after time 0 (or the last). Where curves of a compound
    lack times, the mean of these curves at each time is first subtracted: a curve that ends early
    is compared with the others at its own times. The correlation is Somers' D: 1 where every curve
    of a higher dose is further away, 0 by chance. A trend is not an order: each compound and line
    gets one of three answers in `order`. `not monotone`: the mean ranks of the doses fall somewhere
    by more than chance (see `phenolens.trajectories.dose_reversal`). `rises`: they do not, and
    Jonckheere's one-sided test finds a trend. `cannot tell`: neither. Both by Benjamini and
    Hochberg's q over compounds. Doses on plates or wells of their own confound dose with position.
    Controls do not enter.

    Attributes:
        departure: Mean over the times after 0, or the last of them.
        least_doses: A compound with fewer doses is left out.
        alpha: The q below which an answer is given.
        permutations: Shuffles of the curves between the doses, for the null and for the falls;
            more for a compound whose falls none of them reaches, where there are many compounds.
        seed: Of the shuffles.
    """

    title: ClassVar[str] = "Order of doses"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: curves of a higher dose are further from the controls."
    chance: ClassVar[str] = "0"
    chance_level: ClassVar[float] = 0.0
    blind: ClassVar[str] = (
        "the direction of the effect; and position, where doses follow the layout"
    )
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"

    departure: Literal["mean", "last"] = "mean"
    least_doses: int = 3
    alpha: float = 0.05
    permutations: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        between(2, MANY, least_doses=self.least_doses)
        within(0, 1, alpha=self.alpha)
        between(1, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> DoseOrder:
        """Return one for the contract tests, whose table has two doses per compound."""
        return cls(least_doses=2, permutations=100)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the mean correlation, with one row per compound (and cell line).

        Raises:
            InputError: Not trajectories, no column `compound`, `concentration` or `control`, no
                compound with enough doses, or a distance that is infinite or negative.
        """
        profiles.not_empty(_NAME)
        for name in ("compound", "concentration"):
            profiles.column(name, _NAME)
        control = profiles.controls(_NAME)
        dose = number_or_nan(profiles.meta["concentration"])
        used = ~control & np.isfinite(dose)
        self._series(profiles.meta[used], dose[used])  # refused before features are asked for
        values = _late(profiles)
        used &= np.isfinite(values).any(axis=1)
        meta = profiles.meta[used].reset_index(drop=True)
        groups, first, few = self._series(meta, dose[used])
        names = [name for name in ("compound", "cell_line") if name in meta.columns]
        kept = [k for k, lost in enumerate(few) if not lost]
        found, drawn = self._rows([groups[k] for k in kept], dose[used], values[used])
        rows = pd.concat(
            [meta.iloc[first[kept]][names].reset_index(drop=True), pd.DataFrame(found)], axis=1
        )
        return self._score(self._answers(rows), drawn, int(sum(few)), int((~used & ~control).sum()))

    def _series(
        self, meta: pd.DataFrame, dose: Float64[np.ndarray, " n"]
    ) -> tuple[list[Int64[np.ndarray, " _"]], Int64[np.ndarray, " c"], list[bool]]:
        """Return the rows of each compound and line, the first of them, and who has few doses.

        Raises:
            InputError: All have.
        """
        code, first = identity(meta, ("compound", "cell_line"))
        groups = [np.flatnonzero(code == k) for k in range(len(first))]
        counts = [len(np.unique(dose[rows])) for rows in groups]
        few = [count < self.least_doses for count in counts]
        if all(few):
            raise InputError(
                f"{_NAME} needs a compound with at least {self.least_doses} doses; the most that "
                f"one has is {max(counts, default=0)}",
                fix="lower `least_doses`, or leave this metric out",
            )
        return groups, first, few

    def _rows(
        self,
        groups: list[Int64[np.ndarray, " _"]],
        dose: Float64[np.ndarray, " n"],
        values: Float64[np.ndarray, "n t"],
    ) -> tuple[list[dict[str, Any]], Float64[np.ndarray, " p"]]:
        found, drawn = [], np.zeros(self.permutations)
        most = min(math.ceil(2 * len(groups) / self.alpha), _MOST_SHUFFLES)
        rng = np.random.default_rng(self.seed)
        for rows in groups:
            whole = _departures(values[rows], last=self.departure == "last")
            order = np.lexsort((whole, dose[rows]))  # the order of the table is nobody's
            given, far = dose[rows][order], whole[order]
            trend, p = rising(given, far)
            drawn += shuffled_trends(given, far, self.permutations, rng) / len(groups)
            falls = reversal(given, far, self.permutations, rng, most)
            counts = {"doses": len(np.unique(given)), "curves": len(rows)}
            found.append({**counts, "value": trend, "p": p, "p_falls": falls})
        return found, drawn

    def _answers(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.assign(
            q=false_discovery_control(rows["p"]), q_falls=false_discovery_control(rows["p_falls"])
        )
        order = np.where(rows["q"] < self.alpha, "rises", "cannot tell")
        return rows.assign(order=np.where(rows["q_falls"] < self.alpha, "not monotone", order))

    def _score(
        self, rows: pd.DataFrame, drawn: Float64[np.ndarray, " p"], few: int, lost: int
    ) -> Score:
        value = float(rows["value"].mean())
        low, high = interval_of_mean(
            rows["value"].to_numpy(dtype=np.float64), rows["compound"], seed=self.seed
        )
        whole = low < high
        notes = (
            [f"compounds with fewer than {self.least_doses} doses left out: {few}"] if few else []
        )
        if lost:
            notes.append(f"curves without a dose or a distance left out: {lost}")
        count = rows["order"].value_counts()
        return Score(
            name=_NAME,
            value=value,
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            n=len(rows),
            **chance(value, drawn),
            rows=rows,
            figures={
                name.replace(" ", "_"): float(count.get(name, 0))
                for name in ("rises", "not monotone", "cannot tell")
            },
            notes=tuple(notes),
        )


def _late(profiles: Profiles) -> Float64[np.ndarray, "n t"]:
    """Return the distances after time 0, in the order of time; all where there are none."""
    hours = times_of(profiles)
    values = not_infinite(profiles, _NAME)[:, np.argsort(hours, kind="stable")]
    late: Bool[np.ndarray, " t"] = np.sort(hours) > 0
    return values[:, late] if late.any() else values


def _departures(values: Float64[np.ndarray, "k t"], *, last: bool) -> Float64[np.ndarray, " k"]:
    """Return one departure for each curve of a compound, at least one value each."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    if not known.all():
        mean = np.sort(filled, axis=0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        filled = np.where(known, values - mean, 0.0)
    if last:
        end = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
        return filled[np.arange(len(values)), end]
    return filled.sum(axis=1) / known.sum(axis=1)
