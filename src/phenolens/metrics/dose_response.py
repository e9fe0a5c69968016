"""DoseResponse: does the distance to the controls rise with the dose, and where is its middle."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64
from scipy.stats import false_discovery_control, spearmanr

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between, within
from phenolens.core.reading.numbers import number_or_nan
from phenolens.core.score import Score
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.known_rows import refuse_zero_rows
from phenolens.neighbours.named_features import named_features
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.chance import chance
from phenolens.statistics.hill import Curve, fit_curve
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.monotone import rising, shuffled_trends

_NAME = "dose_response"
_FITTED = ("ec50", "ec50_low", "ec50_high", "bottom", "top", "slope")


@dataclass(frozen=True, kw_only=True)
class DoseResponse:
    """Mean trend of the distance to the controls with the dose, and an EC50 per compound.

    Each row's distance is that to the mean of its own plate's controls; a control's own is that
    to the mean of the others, and counts as dose 0. Per compound (and cell line): Somers' D of
    the distance on the dose, with Jonckheere's exact one-sided test and Benjamini and Hochberg's
    q over compounds; where q < 0.05, a four-parameter log-logistic curve with the 95 % profile
    interval of its EC50 (`statistics/hill.py`); `spearman` is the rank correlation of dose and
    distance, controls at dose 0 included. The score is the mean trend: 1 if every compound
    moves away with every dose, 0 by chance; the figures give the share of compounds with a
    trend at that q. With six doses, one well each, a perfect series has p = 1/720; with three
    it has 1/6 and can never count.

    The distance knows no direction: a compound that kills at high doses has a trend and an EC50
    of killing. It never falls below the spread of the controls, so a weak effect hides in it and
    the EC50 of the distance is above that of the effect. Doses on plates or wells of their own
    confound dose with position. A bell-shaped series has no trend here.

    An EC50 that is not identified is NaN, and the row's `note` says why: no trend, too few doses,
    or an estimate outside the doses tested, as `> 10`. An open end of the interval is 0 or
    infinite.

    Attributes:
        distance: Euclidean, since the controls' mean is the zero of standardized features, where
            a cosine has no meaning; cosine for features that are not centred on the controls.
        feature: One feature by name: its difference from the controls, with its sign, takes the
            place of the distance. One that falls with the dose has a negative trend and no EC50.
        controls_same: Columns that a row and its controls share, as far as the table has them.
        least_doses: A compound with fewer doses is left out.
        alpha: The q below which a trend counts, and a curve is fitted.
        permutations: How many shuffles of the doses within each compound make the null.
        seed: Seed of the shuffles and of the interval.
    """

    title: ClassVar[str] = "Dose response"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: every compound moves away from the controls as the dose rises."
    chance: ClassVar[str] = "0"
    chance_level: ClassVar[float] = 0.0
    blind: ClassVar[str] = (
        "the direction of the effect, so toxicity counts too; and position, where doses follow "
        "the layout"
    )

    distance: Distance = "euclidean"
    feature: str = ""
    controls_same: tuple[str, ...] = ("plate", "cell_line")
    least_doses: int = 3
    alpha: float = 0.05
    permutations: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        between(2, MANY, least_doses=self.least_doses)
        within(0, 1, alpha=self.alpha)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> DoseResponse:
        """Return one for the contract tests, whose table has two doses per compound."""
        return cls(least_doses=2)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the mean trend, with one row per compound (and cell line).

        Raises:
            InputError: No column `compound`, `concentration` or `control`, a treated row without
                a dose, no plate with two controls, no compound with enough doses, or a feature
                that is not finite.
        """
        for name in ("compound", "concentration"):
            profiles.column(name, _NAME)
        profiles.controls(_NAME)
        used = profiles.take(canonical_order(profiles))
        control = used.controls(_NAME)
        dose = _doses(used.meta, control)
        group = self._groups(used.meta)
        next(self._curves(used.meta, ~control, dose, []))  # refused before features are asked for
        far, notes = self._distances(used, control, group)
        measured = np.isfinite(far)
        found, drawn = [], np.zeros(self.permutations)
        rng = np.random.default_rng(self.seed)
        curves = list(self._curves(used.meta, ~control & measured, dose, notes))
        for keys, rows in curves:
            trend, p = rising(dose[rows], far[rows])
            drawn += shuffled_trends(dose[rows], far[rows], self.permutations, rng) / len(curves)
            counts = {"doses": len(np.unique(dose[rows])), "rows": len(rows)}
            found.append({**keys, **counts, "value": trend, "trend": trend, "p": p})
        q = false_discovery_control([one["p"] for one in found])
        for one, (_, rows), its_q in zip(found, curves, q, strict=True):
            near = control & measured & np.isin(group, group[rows])
            both = np.concatenate([np.flatnonzero(near), rows])
            one.update(
                spearman=_rank_correlation(dose[both], far[both]),
                q=float(its_q),
                **self._fit(dose, far, both, trends=bool(its_q < self.alpha), tested=dose[rows]),
            )
        return self._score(pd.DataFrame(found), drawn, notes)

    def _score(
        self, rows: pd.DataFrame, drawn: Float64[np.ndarray, " p"], notes: list[str]
    ) -> Score:
        value = float(rows["value"].mean())
        low, high = interval_of_mean(
            rows["value"].to_numpy(dtype=np.float64), rows["compound"], seed=self.seed
        )
        hits = int((rows["q"] < self.alpha).sum())
        whole = low < high
        return Score(
            name=_NAME,
            value=value,
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            n=len(rows),
            **chance(value, drawn),
            rows=rows,
            figures={
                "with_trend": float(hits),
                "share_with_trend": hits / len(rows),
                "with_ec50": float(rows["ec50"].notna().sum()),
                "spearman": float(rows["spearman"].mean()),
            },
            notes=tuple(notes),
        )

    def _groups(self, meta: pd.DataFrame) -> Int64[np.ndarray, " n"]:
        """Return what a row shares with its controls, by number."""
        there = [name for name in self.controls_same if name in meta.columns]
        if not there:
            return np.zeros(len(meta), dtype=np.int64)
        return meta.groupby(there, dropna=False, observed=True).ngroup().to_numpy(dtype=np.int64)

    def _distances(
        self, used: Profiles, control: Bool[np.ndarray, " n"], group: Int64[np.ndarray, " n"]
    ) -> tuple[Float64[np.ndarray, " n"], list[str]]:
        """Return each row's distance to its controls, NaN where there are fewer than two."""
        x = named_features(used, self.feature, _NAME)
        if self.distance == "cosine" and not self.feature:
            refuse_zero_rows(used)
        far, lost = np.full(len(x), np.nan), 0
        for one in np.unique(group):
            rows = np.flatnonzero(group == one)
            own = control[rows]
            count = int(own.sum())
            if count < 2:
                lost += len(rows)
                continue
            total = x[rows[own]].sum(axis=0)
            centre = np.tile(total / count, (len(rows), 1))
            centre[own] = (total - x[rows[own]]) / (count - 1)
            apart = x[rows] - centre
            far[rows] = apart[:, 0] if self.feature else _apart(x[rows], centre, self.distance)
        if lost == len(x):
            shared = " and ".join(self.controls_same)
            raise InputError(
                f"{_NAME} needs at least two negative controls"
                + (f" that share {shared}" if shared else ""),
                fix="set `controls_same = []` to take all controls together" if shared else "",
            )
        notes = (
            [f"rows left out, with fewer than two controls to compare with: {lost}"] if lost else []
        )
        return far, notes

    def _curves(
        self,
        meta: pd.DataFrame,
        kept: Bool[np.ndarray, " n"],
        dose: Float64[np.ndarray, " n"],
        notes: list[str],
    ) -> Iterator[tuple[dict[str, Hashable], Int64[np.ndarray, " k"]]]:
        """Yield each compound (and cell line) that has enough doses, with its rows."""
        columns = ["compound", *(["cell_line"] if "cell_line" in meta.columns else [])]
        few, some = 0, False
        nameless = int((kept & meta["compound"].isna().to_numpy()).sum())
        if nameless:
            notes.append(f"rows without compound left out: {nameless}")
        table = meta.loc[kept, columns].assign(_row=np.flatnonzero(kept))
        # In the order of their names: that of a categorical column is anybody's.
        named = table.groupby(columns, sort=False, observed=True)
        for keys, part in sorted(named, key=lambda pair: [str(key) for key in pair[0]]):
            rows = part["_row"].to_numpy(dtype=np.int64)
            if len(np.unique(dose[rows])) < max(self.least_doses, 2):
                few += 1
                continue
            some = True
            yield dict(zip(columns, keys, strict=True)), rows
        if not some:
            raise InputError(
                f"{_NAME} needs a compound with at least {self.least_doses} doses; there is none",
                fix="lower `least_doses`, or leave this metric out",
            )
        if few:
            notes.append(f"compounds with fewer than {self.least_doses} doses left out: {few}")

    def _fit(
        self,
        dose: Float64[np.ndarray, " n"],
        far: Float64[np.ndarray, " n"],
        both: Int64[np.ndarray, " k"],
        *,
        trends: bool,
        tested: Float64[np.ndarray, " r"],
    ) -> dict[str, Any]:
        """Return the curve of one compound and its controls, and its note."""
        nothing = dict.fromkeys(_FITTED, math.nan)
        if not trends:
            return {**nothing, "note": f"no trend (q >= {self.alpha:g})"}
        if len(np.unique(tested)) < 4:
            return {**nothing, "note": "too few doses for a curve"}
        curve = fit_curve(dose[both], far[both])
        if curve is None:
            return {**nothing, "note": "no rising curve"}
        return _in_range(curve, float(tested.min()), float(tested.max()))


def _rank_correlation(dose: Float64[np.ndarray, " n"], far: Float64[np.ndarray, " n"]) -> float:
    """Return Spearman's correlation; NaN where one of the two is constant."""
    return float(spearmanr(dose, far).statistic) if np.ptp(dose) and np.ptp(far) else math.nan


def _in_range(curve: Curve, lowest: float, highest: float) -> dict[str, Any]:
    """Return a curve as columns; an EC50 outside the doses tested is not a number but a note."""
    note, ec50 = "", curve.ec50
    if ec50 > highest:
        note, ec50 = f"> {highest:g}", math.nan
    elif ec50 < lowest:
        note, ec50 = f"< {lowest:g}", math.nan
    values = (ec50, curve.low, curve.high, curve.bottom, curve.top, curve.slope)
    return {**dict(zip(_FITTED, values, strict=True)), "note": note}


def _doses(meta: pd.DataFrame, control: Bool[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Return each row's dose, 0 for controls.

    Raises:
        InputError: A treated row without a dose above 0.
    """
    dose = number_or_nan(meta["concentration"])
    bad = np.flatnonzero(~control & ~(np.isfinite(dose) & (dose > 0)))
    if len(bad):
        row = meta.iloc[int(bad[0])]
        named = [str(row[c]) for c in ("compound", "plate", "well") if c in meta.columns]
        raise InputError(
            f"{_NAME} needs a concentration above 0 for every treated row; that of "
            f"{' '.join(named)} is {row['concentration']} ({count_of(len(bad), 'such row')})",
            fix="mark the row in `control`, or drop it",
        )
    return np.where(control, 0.0, dose)


def _apart(
    x: Float64[np.ndarray, "k d"], centre: Float64[np.ndarray, "k d"], distance: Distance
) -> Float64[np.ndarray, " k"]:
    """Return the distance of each row to its own centre."""
    if distance == "euclidean":
        return np.asarray(np.linalg.norm(x - centre, axis=1), dtype=np.float64)
    length = np.linalg.norm(x, axis=1) * np.linalg.norm(centre, axis=1)
    if not length.all():
        raise InputError(
            f"{_NAME}: the mean of the controls is zero, so the cosine is undefined",
            fix="use the euclidean distance",
        )
    return np.asarray(1 - (x * centre).sum(axis=1) / length, dtype=np.float64)
